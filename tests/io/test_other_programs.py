"""Files as other programs write them become networks."""

import json

import networkx as nx
import pytest

import neurosim as ns
from neurosim.errors import CycleError, FormatError, StructureError
from neurosim.io.dot_reader import read_dot

YED = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns"
    xmlns:y="http://www.yworks.com/xml/graphml" xmlns:yed="http://www.yworks.com/xml/yed/3">
  <!--Created by yEd 3.22-->
  <key attr.name="Description" attr.type="string" for="graph" id="d0"/>
  <key for="port" id="d1" yfiles.type="portgraphics"/>
  <key attr.name="url" attr.type="string" for="node" id="d4"/>
  <key for="node" id="d6" yfiles.type="nodegraphics"/>
  <key for="graphml" id="d7" yfiles.type="resources"/>
  <key for="edge" id="d10" yfiles.type="edgegraphics"/>
  <graph edgedefault="directed" id="G">
    <data key="d0" xml:space="preserve"/>
    <node id="n0"><data key="d6"><y:ShapeNode>
      <y:Geometry height="30.0" width="30.0" x="1.0" y="2.0"/>
      <y:NodeLabel xml:space="preserve">study<y:LabelModel/></y:NodeLabel>
      <y:Shape type="rectangle"/></y:ShapeNode></data></node>
    <node id="n1"><data key="d6"><y:ShapeNode><y:NodeLabel>luck</y:NodeLabel>
      </y:ShapeNode></data></node>
    <node id="n2"><data key="d6"><y:GenericNode configuration="x"><y:NodeLabel>salary</y:NodeLabel>
      </y:GenericNode></data></node>
    <edge id="e0" source="n0" target="n2"><data key="d10"><y:PolyLineEdge>
      <y:EdgeLabel>0.5</y:EdgeLabel></y:PolyLineEdge></data></edge>
    <edge id="e1" source="n1" target="n2"><data key="d10"><y:PolyLineEdge/></data></edge>
  </graph>
  <data key="d7"><y:Resources/></data>
</graphml>
"""

IGRAPH = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="v_name" for="node" attr.name="name" attr.type="string"/>
  <key id="v_bias" for="node" attr.name="bias" attr.type="string"/>
  <key id="e_weight" for="edge" attr.name="weight" attr.type="double"/>
  <graph id="G" edgedefault="directed">
    <node id="n0"><data key="v_name">study</data></node>
    <node id="n1"><data key="v_name">luck</data></node>
    <node id="n2"><data key="v_name">salary</data><data key="v_bias">-2</data></node>
    <edge source="n0" target="n2"><data key="e_weight">0.5</data></edge>
    <edge source="n1" target="n2"/>
  </graph>
</graphml>
"""

GEPHI = """<?xml version='1.0' encoding='UTF-8'?>
<gexf xmlns="http://gexf.net/1.3" version="1.3" xmlns:viz="http://gexf.net/1.3/viz"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <meta lastmodifieddate="2024-01-01"><creator>Gephi 0.10.1</creator>
    <title></title><description></description></meta>
  <graph defaultedgetype="directed" mode="static">
    <attributes class="node" mode="static">
      <attribute id="role" title="role" type="string"/>
    </attributes>
    <nodes>
      <node id="7" label="study"><attvalues><attvalue for="role" value="input"/></attvalues>
        <viz:size value="10.0"/><viz:position x="1.0" y="2.0"/><viz:color r="1" g="2" b="3"/></node>
      <node id="8" label="luck"/>
      <node id="9" label="salary"/>
    </nodes>
    <edges><edge id="0" source="7" target="9" weight="0.5"/>
      <edge id="1" source="8" target="9" weight="0.0"/></edges>
  </graph>
</gexf>
"""

CYTOSCAPE = """{"format_version": "1.0", "generated_by": "cytoscape-3.10.1",
"data": {"shared_name": "people", "name": "people", "SUID": 52},
"elements": {
"nodes": [
  {"data": {"id": "62", "shared_name": "study", "name": "study", "SUID": 62, "selected": false},
   "position": {"x": 1.0, "y": 2.0}, "selected": false},
  {"data": {"id": "63", "name": "luck", "SUID": 63}},
  {"data": {"id": "64", "name": "salary", "SUID": 64}}],
"edges": [
  {"data": {"id": "66", "source": "62", "target": "64", "name": "study (adds to) salary",
   "weight": 0.5}, "selected": false},
  {"data": {"id": "67", "source": "63", "target": "64", "interaction": "adds to"}}]}}
"""

CYTOSCAPE_JS = """{"elements": [{"data": {"id": "study"}}, {"data": {"id": "luck"}},
{"data": {"id": "salary"}}, {"data": {"id": "e", "source": "study", "target": "salary",
"weight": 0.5}}, {"data": {"id": "f", "source": "luck", "target": "salary"}}]}"""

D3 = """{"nodes": [{"id": "study", "group": 1}, {"id": "luck"}, {"id": "salary"}],
"links": [{"source": "study", "target": "salary", "weight": 0.5},
          {"source": "luck", "target": "salary"}]}"""

GRAPHVIZ = r"""/* people */
digraph people {
    graph [fontsize=12]; node [shape=box, label="\N"]
    rankdir = LR
    subgraph cluster_0 { label = "given"; study; "luck" [color="red"] }
# by hard work
    study:e -> salary [label=0.5, tooltip=<<b>much</b>>]; // a comment
    luck -> "sal" + "ary" [weight=0]
}
"""

# Each of these says: study and luck lead to the salary, by 0.5 and by nothing.
ALIKE = {
    "yed.graphml": YED,
    "igraph.graphml": IGRAPH,
    "gephi.gexf": GEPHI,
    "cytoscape.cyjs": CYTOSCAPE,
    "cytoscape.json": CYTOSCAPE,
    "cytoscapejs.json": CYTOSCAPE_JS,
    "d3.json": D3,
    "graphviz.gv": GRAPHVIZ,
    "commas.csv": "source,target,weight\nstudy,salary,0.5\nluck,salary,\n",
    "bare.csv": "study,salary,0.5\nluck,salary\n",
    "marked.csv": '\ufeff"From";"Since";"To";"Weight"\nstudy;1;salary;0.5\n\nluck;2;salary;0\n',
    "tabs.csv": "# from a to b\n# by weight\nstudy\tsalary\t0.5\nluck\tsalary\t0\n",
    "spaces.csv": "study salary 0.5\nluck salary 0\n",
}


@pytest.mark.parametrize("name", list(ALIKE))
def test_a_file_of_another_program_is_a_network(name, tmp_path):
    (tmp_path / name).write_text(ALIKE[name])
    net = ns.read(tmp_path / name)
    assert {neuron.name: neuron.role for neuron in net.neurons} == {
        "study": "input",
        "luck": "input" if name != "gephi.gexf" else "hidden",
        "salary": "output",
    }
    assert net.synapse("study", "salary").weight == 0.5
    assert net.synapse("luck", "salary").weight == 0.0
    assert net["salary"].activation == "identity"
    assert net["salary"].bias == (-2.0 if name == "igraph.graphml" else 0.0)


def _node_link(graph, path):
    path.write_text(json.dumps(nx.node_link_data(graph, edges="links")))


def _cytoscape(graph, path):
    path.write_text(json.dumps(nx.cytoscape_data(graph)))


def _dot(graph, path):
    edges = "; ".join(f"{pre} -> {post}" for pre, post in graph.edges)
    path.write_text(f"digraph {{ {edges} }}")


def _csv(graph, path):
    path.write_text("\n".join(["source,target", *(",".join(edge) for edge in graph.edges)]))


WRITERS = {
    "a.graphml": nx.write_graphml,
    "a.gexf": nx.write_gexf,
    "a.json": _node_link,
    "a.cyjs": _cytoscape,
    "a.dot": _dot,
    "a.csv": _csv,
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_hidden_neuron_is_a_sigmoid_neuron_by_default_and_an_output_a_linear_unit(name, tmp_path):
    WRITERS[name](nx.DiGraph([("x", "h"), ("h", "y")]), tmp_path / name)
    net = ns.read(tmp_path / name)
    assert (net["h"].activation, net["y"].activation) == ("sigmoid", "identity")
    net = ns.read(tmp_path / name, activation="tanh")
    assert (net["h"].activation, net["y"].activation) == ("tanh", "tanh")


@pytest.mark.parametrize("name", ["yed.graphml", "gephi.gexf", "graphviz.gv", "commas.csv"])
def test_what_a_file_leaves_open_is_said_by_arguments(name, tmp_path):
    (tmp_path / name).write_text(ALIKE[name])
    net = ns.read(
        tmp_path / name,
        inputs=["luck", "study"],
        outputs=["salary"],
        activation="tanh",
        bias=None,
        dtype="float32",
        name="wage",
    )
    assert [neuron.name for neuron in net.inputs] == ["luck", "study"]
    assert (net["salary"].activation, net["salary"].bias) == ("tanh", None)
    assert (net.name, net.dtype) == ("wage", "float32")


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (nx.write_graphml, "net.graphml"),
        (nx.write_gexf, "net.gexf"),
    ],
)
def test_a_plain_graph_written_by_networkx_is_read(write, name, tmp_path):
    net = ns.topologies.layered([2, 3, 1], activation="tanh")
    net.initialize(ns.initializers.Normal(), seed=0)
    write(net.to_networkx(), tmp_path / name)
    again = ns.read(tmp_path / name)
    assert nx.utils.graphs_equal(again.to_networkx(), net.to_networkx())


def test_a_list_of_nodes_may_lie_beside_an_edge_list(tmp_path):
    (tmp_path / "net.csv").write_text("Source,Target\na,b\n")
    (tmp_path / "net.neurons.csv").write_text(
        "Id,Label,activation,bias,role\nb,B,tanh,1,output\nc,C,relu,,hidden\na,A,,,\n"
    )
    net = ns.read(tmp_path / "net.csv")
    assert [neuron.name for neuron in net.neurons] == ["b", "c", "a"]
    assert (net["b"].activation, net["b"].bias, net["c"].bias) == ("tanh", 1.0, None)
    assert net["a"].role == "input"


def test_labels_that_do_not_tell_nodes_apart_are_no_names(tmp_path):
    (tmp_path / "net.gv").write_text('digraph { a [label="x"]; b [label="x"]; a -> b }')
    assert [neuron.name for neuron in ns.read(tmp_path / "net.gv").neurons] == ["a", "b"]


def test_an_undirected_graph_is_oriented_by_its_order(tmp_path):
    (tmp_path / "net.gv").write_text("graph { a -- b -- c; c -- a }")
    net = ns.read(tmp_path / "net.gv", inputs=["c"], outputs=["a"])
    assert [(str(s.pre), str(s.post)) for s in net.synapses] == [("c", "b"), ("c", "a"), ("b", "a")]


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("digraph { a -> b -> a }", CycleError, "a -> b -> a"),
        ("digraph { a -> b; b [activation=sgmoid] }", KeyError, "no activation is called"),
        ("digraph { a -> b; b [role=boss] }", ValueError, "the role of node 'b' must be"),
        ("digraph { a [role=input]; b -> a }", StructureError, "takes no synapse"),
        ("digraph { a -> b [weight=much] }", FormatError, "weight of the edge 'a' -> 'b' must be"),
        ("digraph { a -> b [bias=0]\n a -> b }", FormatError, "line 2, column 9: .* once"),
        ("digraph { a -- b }", FormatError, 'column 13: expected "->" in a digraph'),
        ("digraph { a [b] }", FormatError, r"column 15: expected '=' \(got ']'\)"),
        ("digraph { a -> }", FormatError, r"column 16: expected a name \(got '}'\)"),
        ('digraph { "a', FormatError, "column 11: expected a word or a mark of DOT"),
        ("digraph { a [label=<b] }", FormatError, "expected a '>' that closes"),
        ("digraph { a", FormatError, "the end of the file"),
        ('digraph { "a" + b }', FormatError, "expected a quoted text after"),
        ("tree { }", FormatError, 'line 1, column 1: expected "digraph" or "graph"'),
    ],
)
def test_what_makes_no_network_is_refused_with_its_place(text, error, message, tmp_path):
    path = tmp_path / "net.dot"
    path.write_text(text)
    with pytest.raises(error, match=message) as refusal:
        ns.read(path)
    assert str(path) in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"nodes": ["a"], "links": []}', "expected nodes and edges of a graph"),
        ('{"nodes": [], "edges": [{"source": 1}]}', "expected nodes and edges of a graph"),
        ('{"graph": {}}', "got the keys 'graph'"),
        ("[1]", r"got \[1\]"),
        ('{"elements": {"nodes": [], "edges": [{"data": {"source": 1, "target": 2}}]}}', "no node"),
        (
            '{"elements": [{"data": {"id": 1}}, {"data": {"id": 2}},'
            '{"data": {"source": 1, "target": 2}}, {"data": {"source": 1, "target": 2}}]}',
            "must be there once",
        ),
    ],
)
def test_json_that_is_no_graph_is_refused(text, message, tmp_path):
    (tmp_path / "net.json").write_text(text)
    with pytest.raises(FormatError, match=message):
        ns.read(tmp_path / "net.json")


# -- DOT, by its grammar -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("digraph{a->b->c}", "ab bc"),
        ("DiGraph G { a -> { b; c } -> d; }", "ab ac bd cd"),
        ("strict digraph { a->b; a->b }", "ab"),
        ("digraph { subgraph s { a b } -> subgraph { c } }", "ac bc"),
        ("digraph { a:p:n -> b:s }", "ab"),
        ("digraph { a->b,[] }", None),
        ("digraph { edge [w=1] a -> b [] ; node [x=y] }", "ab"),
        ("digraph { -1.5 -> .5 }", [("-1.5", ".5")]),
        ('digraph { "a\\"" -> "b\\\\" }', [('a"', "b\\\\")]),
        ("digraph { <i<b>> -> ö }", [("<i<b>>", "ö")]),
        ('digraph { a -> b [x="1;]", y=<]>, "z z" = 2 u=3; v=4] }', "ab"),
    ],
)
def test_dot_is_read_by_its_grammar(text, edges):
    if edges is None:
        with pytest.raises(FormatError):
            read_dot(text)
        return
    expected = [tuple(edge) for edge in edges.split()] if isinstance(edges, str) else edges
    assert list(read_dot(text).edges) == expected


def test_attributes_in_dot_hold_from_where_they_stand_to_the_end_of_their_braces():
    graph = read_dot(
        "digraph { a; node [x=1]; b; { node [x=2] c; edge [w=3] b -> c } d -> e [v=4, w=5]; a -> d}"
    )
    assert dict(graph.nodes(data="x")) == {"a": None, "b": "1", "c": "2", "d": "1", "e": "1"}
    assert [graph.edges[edge].get("w") for edge in ("bc", "de", "ad")] == ["3", "5", None]
