"""Every setting of the three tiers: the inventory, its example files, fresh working files, validation."""

from env.variables.init import create_missing
from env.variables.load import Environment, Problem, VariablesError, load, require

__all__ = ["Environment", "Problem", "VariablesError", "create_missing", "load", "require"]
