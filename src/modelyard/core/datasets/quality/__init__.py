"""Quality of datasets: checks, what they find, and rules that are made of them."""
