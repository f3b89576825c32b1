"""What the tasks about the running stack of a checkout do; a module a command, loaded when it is typed."""
