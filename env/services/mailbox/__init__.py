"""A page and a small API with every mail the stack sent in development. Nothing leaves the machine."""
