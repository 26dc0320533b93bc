"""The workspace's verbs as REST, in the workbench's process."""
