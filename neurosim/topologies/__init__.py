"""Ready-made networks: layers with skips, random and small-world graphs, any networkx graph.

Weights are 0 until `Network.initialize`, except where a graph brings its own.
"""

from neurosim.topologies.from_graph import from_networkx
from neurosim.topologies.layers import layered
from neurosim.topologies.random import random_dag, small_world

__all__ = ["from_networkx", "layered", "random_dag", "small_world"]
