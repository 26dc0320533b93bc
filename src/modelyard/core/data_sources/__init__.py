"""Sources: connections to data that somebody else keeps. Drivers are imported where they are used."""
