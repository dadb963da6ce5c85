"""What each of the other programs has of its own, in the files that it writes."""

import json

import networkx as nx
import pytest

import neurosim as ns
from neurosim.errors import FormatError, NeurosimWarning, StructureError

SPACE = 'xmlns="http://graphml.graphdrawing.org/xmlns"'


def read(text, name, folder, **options):
    (folder / name).write_text(text)
    return ns.read(folder / name, **options)


def found(net):
    return {f"{s.pre}>{s.post}": s.weight for s in net.synapses}


def roles(net):
    return {neuron.name: neuron.role for neuron in net.neurons}


def refusal(text, name, folder, error=FormatError):
    with pytest.raises(error) as caught:
        read(text, name, folder)
    return str(caught.value).removeprefix(f"{folder / name}: ")


# -- defaults of attributes ----------------------------------------------------------------------

DEFAULTS_GRAPHML = f"""<graphml {SPACE}>
  <key id="w" for="edge" attr.name="weight" attr.type="double"><default>1.5</default></key>
  <key id="f" for="node" attr.name="activation" attr.type="string"><default>tanh</default></key>
  <key id="b" for="all" attr.name="bias" attr.type="double"><default>0.25</default></key>
  <graph edgedefault="directed"><node id="a"/><node id="b"/>
    <node id="c"><data key="f">sigmoid</data><data key="b">-1</data></node>
    <edge source="a" target="b"/><edge source="b" target="c"><data key="w">-2</data></edge>
  </graph></graphml>"""
DEFAULTS_GEXF = """<gexf xmlns="http://www.gexf.net/1.2draft"><graph defaultedgetype="directed">
  <attributes class="edge"><attribute id="0" title="weight" type="float"><default>1.5</default>
    </attribute></attributes>
  <attributes class="node"><attribute id="0" title="activation" type="string">
    <default>tanh</default></attribute><attribute id="1" title="bias" type="double">
    <default>0.25</default></attribute></attributes>
  <nodes><node id="a"/><node id="b"/><node id="c"><attvalues><attvalue for="0" value="sigmoid"/>
    <attvalue for="1" value="-1"/></attvalues></node></nodes>
  <edges><edge source="a" target="b"/><edge source="b" target="c"><attvalues>
    <attvalue for="0" value="-2"/></attvalues></edge></edges></graph></gexf>"""


@pytest.mark.parametrize(
    ("name", "text"), [("d.graphml", DEFAULTS_GRAPHML), ("d.gexf", DEFAULTS_GEXF)]
)
def test_declared_defaults_hold_but_for_the_activation_and_bias_of_an_input(name, text, tmp_path):
    net = read(text, name, tmp_path)
    assert found(net) == {"a>b": 1.5, "b>c": -2.0}
    neurons = [(n.role, n.activation and n.activation.name, n.bias) for n in net.neurons]
    assert neurons == [
        ("input", None, None),
        ("hidden", "tanh", 0.25),
        ("output", "sigmoid", -1.0),
    ]


def test_defaults_hold_in_graphs_that_networkx_has_read(tmp_path):
    (tmp_path / "d.graphml").write_text(DEFAULTS_GRAPHML.replace('for="all"', 'for="node"'))
    net = ns.topologies.from_networkx(nx.read_graphml(tmp_path / "d.graphml"))
    assert found(net) == {"a>b": 1.5, "b>c": -2.0}
    assert (net["b"].activation, net["b"].bias, net["a"].role) == ("tanh", 0.25, "input")


@pytest.mark.parametrize(("old", "new"), [("1.5<", "1_5<"), ("0.25<", "high<")])
@pytest.mark.parametrize(
    ("name", "text"), [("d.graphml", DEFAULTS_GRAPHML), ("d.gexf", DEFAULTS_GEXF)]
)
def test_a_default_that_is_no_number_is_refused(name, text, old, new, tmp_path):
    assert "the default of " in refusal(text.replace(old, new), name, tmp_path)


# -- GraphML -------------------------------------------------------------------------------------

FOLDER = f"""<graphml {SPACE} xmlns:y="http://www.yworks.com/xml/graphml">
  <key for="node" id="d6" yfiles.type="nodegraphics"/><graph edgedefault="directed" id="G">
    <node id="n0"><data key="d6"><y:ShapeNode><y:NodeLabel>in</y:NodeLabel></y:ShapeNode></data>
    </node>
    <node id="n1" yfiles.foldertype="folder"><data key="d6"><y:ProxyAutoBoundsNode>
      <y:Realizers active="1"><y:GroupNode><y:NodeLabel>folder</y:NodeLabel></y:GroupNode>
      </y:Realizers></y:ProxyAutoBoundsNode></data>
      <graph edgedefault="directed" id="n1:">
        <node id="n1::n0"><data key="d6"><y:ShapeNode><y:NodeLabel>h</y:NodeLabel></y:ShapeNode>
          </data></node>
        <node id="n1::n1"><graph id="x:"><node id="y"/></graph></node>
        <edge source="n1::n0" target="y"/>
      </graph></node>
    <node id="n2"><data key="d6"><y:SVGNode><y:NodeLabel>out</y:NodeLabel></y:SVGNode></data></node>
    <edge source="n0" target="n1::n0"/><edge source="y" target="n2"/></graph></graphml>"""


def test_graphs_inside_of_nodes_and_folders_are_part_of_the_graph(tmp_path):
    net = read(FOLDER, "f.graphml", tmp_path)
    assert roles(net) == {"n0": "input", "n1::n0": "hidden", "y": "hidden", "n2": "output"}
    assert list(found(net)) == ["n0>n1::n0", "n1::n0>y", "y>n2"]


def test_an_edge_to_a_group_is_refused(tmp_path):
    text = FOLDER.replace('source="y" target="n2"', 'source="n1" target="n2"')
    assert refusal(text, "f.graphml", tmp_path) == (
        "edge 'n1' -> 'n2': 'n1' is a group of nodes and no neuron; let the edge end at one of its "
        "nodes"
    )


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("<hyperedge/>", "expected edges between two nodes, and one graph inside a node at most"),
        ('<node id="a"/><edge source="a"/>', "a <edge> must have the attribute 'target'"),
        ('<node id="a"/><node id="a"/>', "node 'a' must be there once (got two)"),
        (
            '<node id="a"><data key="bias">1</data><data key="bias">2</data></node>',
            "node 'a' must have one bias (got '1' and '2')",
        ),
        (
            '<node id="a"/><node id="b"/><edge source="a" target="b" directed="maybe"/>',
            "directed of an edge must be true or false (got 'maybe')",
        ),
        (
            '<node id="a"/><node id="b"/><node id="c"/><edge source="a" target="b"/>'
            '<edge source="b" target="c" directed="false"/>',
            "edges must all have a direction, or none of them (got edge 'a' -> 'b' with one and "
            "edge 'b' -> 'c' without)",
        ),
    ],
)
def test_a_graph_that_makes_no_network_is_refused_in_graphml(inside, message, tmp_path):
    text = f'<graphml {SPACE}><graph edgedefault="directed">{inside}</graph></graphml>'
    assert refusal(text, "g.graphml", tmp_path).startswith(message)


def test_a_graph_has_to_say_whether_its_edges_have_a_direction(tmp_path):
    text = f'<graphml {SPACE}><graph><node id="a"/></graph></graphml>'
    assert refusal(text, "g.graphml", tmp_path) == (
        'a graph\'s edgedefault must be "directed" or "undirected" (got None)'
    )
    edge = '<node id="c"/><node id="a"/><edge source="a" target="c" directed="false"/>'
    text = f'<graphml {SPACE}><graph edgedefault="directed">{edge}</graph></graphml>'
    assert list(found(read(text, "g.graphml", tmp_path))) == ["c>a"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("two.graphml", '<graphml>{0}{0}</graphml>'.format('<graph edgedefault="directed"/>')),
        ("two.gexf", "<gexf><graph/><graph/></gexf>"),
        ("two.gv", "digraph { } strict graph { }"),
    ],
)
def test_a_second_graph_is_named_and_left_out(name, text, tmp_path):
    with pytest.warns(NeurosimWarning, match="the others are left out"):
        read(text, name, tmp_path)


# -- GEXF ----------------------------------------------------------------------------------------

GEPHI = """<gexf xmlns="http://gexf.net/1.3" version="1.3" xmlns:viz="http://gexf.net/1.3/viz">
  <meta><creator>Gephi 0.10.1</creator></meta><graph defaultedgetype="directed" mode="static">
  <attributes class="node"><attribute id="t" title="tags" type="liststring"/></attributes>
  <nodes><node id="1" label="a"><attvalues><attvalue for="t" value="[x, y]"/>
    <attvalue for="nothing" value="3"/></attvalues><viz:size value="1"/></node>
    <node id="2" label="b"/><node id="3" label="c" start="2001"/></nodes>
  <edges><edge source="1" target="2" weight="2.5"/><edge source="2" target="3"/></edges>
  </graph></gexf>"""


def test_gephi_leaves_out_weights_of_1(tmp_path):
    assert found(read(GEPHI, "g.gexf", tmp_path)) == {"a>b": 2.5, "b>c": 1.0}
    text = GEPHI.replace(' weight="2.5"', "")
    assert found(read(text, "g.gexf", tmp_path)) == {"a>b": 0.0, "b>c": 0.0}
    text = GEPHI.replace("Gephi 0.10.1", "me")
    assert found(read(text, "g.gexf", tmp_path)) == {"a>b": 2.5, "b>c": 0.0}


def test_nodes_inside_of_nodes_are_part_of_the_graph_in_gexf(tmp_path):
    text = """<gexf><graph defaultedgetype="directed"><nodes><node id="g"><nodes><node id="a"/>
      <node id="b"/></nodes></node><node id="c" pid="g"/></nodes><edges>
      <edge source="a" target="b"/><edge source="b" target="c"/></edges></graph></gexf>"""
    assert roles(read(text, "g.gexf", tmp_path)) == {"a": "input", "b": "hidden", "c": "output"}
    lost = text.replace('pid="g"', 'pid="h"')
    assert refusal(lost, "g.gexf", tmp_path) == "there is no node 'h' for others to be part of"


def test_what_changes_with_time_or_goes_both_ways_is_refused(tmp_path):
    edge = '<edges><edge source="a" target="b"{}</edge></edges>'
    text = '<gexf><graph defaultedgetype="directed"><nodes><node id="a"/><node id="b"/></nodes>'
    text += edge + "</graph></gexf>"
    assert refusal(text.format(' type="mutual">'), "g.gexf", tmp_path) == (
        'the type of an edge must be "directed" or "undirected" (got \'mutual\'); one that is '
        "mutual would be a cycle"
    )
    values = '<attvalue for="weight" value="1"/><attvalue for="weight" value="2" start="5"/>'
    text = text.format(f' id="e"><attvalues>{values}</attvalues>')
    assert refusal(text, "g.gexf", tmp_path) == "edge 'e' must have one weight (got '1' and '2')"


# -- JSON ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("graph", ["[]", "null", "{}", '[["name", "old"]]'])
def test_attributes_of_a_graph_may_be_pairs_or_nothing(graph, tmp_path):
    text = f'{{"graph": {graph}, "nodes": [{{"id": "k"}}], "links": []}}'
    net = read(text, "g.json", tmp_path)
    assert (net.name, roles(net)) == ("old" if "old" in graph else "network", {"k": "hidden"})


@pytest.mark.parametrize("graph", ['"x"', "5", "[1]", "true", '[["a", 1, 2]]'])
def test_attributes_of_a_graph_are_nothing_else(graph, tmp_path):
    text = f'{{"graph": {graph}, "nodes": [{{"id": "k"}}], "links": []}}'
    assert refusal(text, "g.json", tmp_path).startswith("'graph' must be an object (got ")


def link(nodes, source, target):
    links = [{"source": source, "target": target}]
    return json.dumps({"nodes": nodes, "links": links})


def test_ends_that_could_be_names_or_places_are_refused(tmp_path):
    same = [{"id": "0"}, {"id": "1"}]
    assert list(found(read(link(same, 0, 1), "g.json", tmp_path))) == ["0>1"]
    sure = [{"id": 1}, {"id": 0}]
    assert list(found(read(link(sure, 0, 1), "g.json", tmp_path))) == ["0>1"]
    turned = [{"id": "1"}, {"id": "0"}]
    assert refusal(link(turned, 0, 1), "g.json", tmp_path) == (
        "the ends of edges could be the names of nodes or their places in the list (got edge 0 -> "
        "1, among others); write the names as texts"
    )
    some = [{"id": 1}, {"id": 2}]
    assert refusal(link(some, 0, 1), "g.json", tmp_path) == "edge 0 -> 1: there is no node 0"


@pytest.mark.parametrize(
    ("held", "message"),
    [
        ({"nodes": [{"id": 1}, {"id": True}]}, "id of node 1 must be a text or a number (got Tr"),
        ({"nodes": [{"id": 1}, {"name": "a"}]}, "id of node 1 must be a text or a number (got No"),
        ({"nodes": [{"id": 1}, {"id": 1.0}]}, "node 1 must be there once (got two)"),
        ({"nodes": {}}, "nodes and edges must be lists (got {})"),
        ({"nodes": [], "edges": [1], "links": [1]}, 'expected "edges" or "links" (got both)'),
        ({"nodes": [], "adjacency": [[]]}, 'expected "edges" or "links" (got "adjacency")'),
        ({"nodes": [], "directed": "yes"}, "directed must be true or false (got 'yes')"),
        ({"nodes": [{"id": 1, "bias": 1, "data": {"bias": 2}}]}, "node 0 must have one bias (got"),
    ],
)
def test_json_of_a_graph_that_makes_no_network_is_refused(held, message, tmp_path):
    assert refusal(json.dumps(held), "g.json", tmp_path).startswith(message)


def test_a_key_that_is_there_twice_is_refused(tmp_path):
    text = '{"nodes": [{"id": "a"}], "links": [], "links": [{"source": "a", "target": "a"}]}'
    assert "expected the key 'links' once (got it twice)" in refusal(text, "g.json", tmp_path)


@pytest.mark.parametrize("write", [nx.node_link_data, nx.cytoscape_data])
@pytest.mark.parametrize("kind", [nx.DiGraph, nx.Graph])
def test_json_of_networkx_is_read_whatever_its_nodes_are(write, kind, tmp_path):
    graph = kind(name="numbers")
    graph.add_nodes_from([2, 0, 1])
    graph.add_edge(2, 1, weight=0.5)
    graph.add_edge(2, 0, weight=2)
    extra = {"edges": "links"} if write is nx.node_link_data else {}
    net = read(json.dumps(write(graph, **extra)), "g.json", tmp_path)
    assert (net.name, found(net)) == ("numbers", {"2>0": 2.0, "2>1": 0.5})


def test_nodes_that_hold_others_in_cytoscape_are_no_neurons(tmp_path):
    nodes = [{"id": "box"}, {"id": "a", "parent": "box"}, {"id": "b", "parent": "box"}]
    elements = [{"data": one} for one in [*nodes, {"source": "a", "target": "b", "weight": 1}]]
    assert found(read(json.dumps({"elements": elements}), "g.cyjs", tmp_path)) == {"a>b": 1.0}
    elements[-1]["data"]["target"] = "box"
    assert "'box' is a group of nodes" in refusal(
        json.dumps({"elements": elements}), "g.cyjs", tmp_path
    )
    elements[1]["data"]["parent"] = "lost"
    assert "there is no node 'lost'" in refusal(
        json.dumps({"elements": elements}), "g.cyjs", tmp_path
    )


# -- DOT -----------------------------------------------------------------------------------------


def test_what_is_invisible_in_dot_only_helps_to_draw(tmp_path):
    text = """digraph { helper [style=invis]; a -> b [w=2]; a -> c [style="dashed,invis"]
      edge [style=invis]; helper -> a; helper -> c }"""
    net = read(text, "g.gv", tmp_path)
    assert (roles(net), found(net)) == ({"a": "input", "b": "output", "c": "hidden"}, {"a>b": 2.0})
    assert refusal("digraph { s [style=invis]; s -> a }", "g.gv", tmp_path) == (
        "the edge between 's' and 'a' must be invisible as its end is, which makes no neuron "
        "(got a visible one)"
    )


def test_defaults_of_nodes_in_dot_are_those_of_neurons_that_are_no_inputs(tmp_path):
    text = """digraph { c; node [activation=tanh, bias="0.5"]; a -> b -> c
      subgraph { node [activation=relu]; a -> d [w=1] } }"""
    net = read(text, "g.gv", tmp_path, activation="sigmoid")
    neurons = {n.name: (n.activation and n.activation.name, n.bias) for n in net.neurons}
    assert neurons == {
        "c": ("sigmoid", 0.0), "a": (None, None), "b": ("tanh", 0.5), "d": ("relu", 0.5)
    }  # fmt: skip
    said = text.replace("a -> b", "a [activation=tanh] a -> b")
    assert "becomes an input neuron" in refusal(said, "g.gv", tmp_path, StructureError)


def test_what_follows_a_graph_in_dot_is_another_one(tmp_path):
    assert refusal("digraph { a -> b } }", "g.gv", tmp_path) == (
        "line 1, column 20: expected the end of the file (got '}')"
    )


# -- CSV -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "source, target, weight\na, b, 0.5\nb, c, 1\n",
        '"source" , "target" , "weight"\n"a" , "b" , "0.5"\n "b", "c" ,1\n',
        "source\ttarget\tweight\n a\tb \t0.5\nb \t c\t1\n",
        "a  b   0.5\nb  c   1  \n",
        "a | b | 0.5\nb | c | 1\n",
        '"","from","to","weight"\n"1","a","b",0.5\n"2","b","c",1\n',
        "% a comment\n# another\nFromNodeId\tToNodeId\tweight\na\tb\t0.5\nb\tc\t1\n",
        "presynaptic;postsynaptic;Weight\na;b;0.5\n ; ; \nb;c;1\n",
    ],
    ids=range(8),
)
def test_blanks_and_words_of_the_head_make_no_difference_in_csv(text, tmp_path):
    assert found(read(text, "g.csv", tmp_path)) == {"a>b": 0.5, "b>c": 1.0}


@pytest.mark.parametrize(
    "text",
    [
        "id_1,id_2\n0,2\n2,5\n",
        "who,whom\n0,2\n2,5\n",
        "u,v\n0,2\n2,5\n",
        "ein,aus,wichtung\n0,2,0\n2,5,0\n",
        "node1,node2\n0,2\n2,5\n",
    ],
)
@pytest.mark.filterwarnings("ignore:from_networkx. no edge has the attribute")
def test_a_head_of_other_words_is_no_edge(text, tmp_path):
    assert found(read(text, "g.csv", tmp_path)) == {"0>2": 0.0, "2>5": 0.0}


def test_a_first_line_that_could_be_a_head_is_named(tmp_path):
    with pytest.warns(NeurosimWarning, match="line 1 is read as an edge from 'person' to 'friend'"):
        read("person,friend\nann,bob\nbob,carl\n", "g.csv", tmp_path)
    assert "u>v" in found(read("u,v\nv,w\n", "g.csv", tmp_path))


@pytest.mark.parametrize(
    "text",
    [
        "Id,Label\n1,Alice\n2,Bob\n",
        "id,role,layer,activation,bias\na,input,,,\n",
        '"SUID","name","shared name"\n"62","a","a"\n',
        "Label;Size\nx;1\n",
        "*Vertices 2\n1 a\n",
    ],
)
def test_a_list_of_nodes_is_no_list_of_edges(text, tmp_path):
    assert refusal(text, "g.csv", tmp_path).startswith(
        "line 1: expected a list of edges, with the columns source and target (got one of nodes"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("country,people,area\nFrance,67,551\n", "expected a list of edges, with the columns"),
        ("source,target,weight\na,b,1,7\n", "line 2: expected at most 3 cells (got 4)"),
        ("source,target,weight,Weight\na,b,1,2\n", "line 1: expected one column for each name"),
        ("a,b\nb,c,d,e\n", "line 2: expected at most 3 cells (got 4)"),
        ("Source,Target,Type\na,b,Undirected\nb,c,Directed\n", "line 3: expected all edges to be"),
        ("Source,Target,Type\na,b,Undirected\nb,a,Undirected\n", "line 3: expected 'b' -> 'a' on"),
        ("0,1,0\n0,0,1\n0,0,0\n", "line 3: expected '0' -> '0' once"),
    ],
)
def test_a_table_that_is_no_list_of_edges_is_refused(text, message, tmp_path):
    assert refusal(text, "g.csv", tmp_path).startswith(message)


def test_columns_beyond_the_third_without_a_head_are_named(tmp_path):
    with pytest.warns(NeurosimWarning, match="source, target and weight, and the fourth is left"):
        net = read("% asym\n1 2 1 1082040961\n2 3 2 1082155839\n", "g.csv", tmp_path)
    assert found(net) == {"1>2": 1.0, "2>3": 2.0}


def test_undirected_edges_of_gephi_are_oriented_by_the_order_of_the_nodes(tmp_path):
    text = "Source,Target,Type\na,b,Undirected\nb,c,undirected\nc,a,Undirected\n"
    assert list(found(read(text, "g.csv", tmp_path))) == ["a>b", "a>c", "b>c"]
    (tmp_path / "g.neurons.csv").write_text("Id;Label\nc;C\nb;B\na;A\n")
    assert list(found(read(text, "g.csv", tmp_path))) == ["c>b", "c>a", "b>a"]


def test_a_list_of_nodes_beside_has_a_head(tmp_path):
    (tmp_path / "g.neurons.csv").write_text("a,input\nb,output\n")
    assert refusal("a,b\n", "g.csv", tmp_path) == (
        "g.neurons.csv: line 1: expected a head with a column 'id' (got ['a', 'input'])"
    )
    (tmp_path / "g.neurons.csv").write_text("Node , Role\n a , input\nb,output\n")
    assert roles(read("a,b\n", "g.csv", tmp_path)) == {"a": "input", "b": "output"}


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", " =", "\t=", "\uff1d"])
def test_no_name_is_a_formula_in_csv_and_all_come_back(sign, tmp_path):
    net = ns.Network(f"{sign}n")
    net.add_layer([f"{sign}cmd|' /C calc'!A0"], role="input", name=f"{sign}layer")
    net.add_neuron(f"{sign}1+1", activation="tanh", role="output")
    net.connect(*net.neurons, weight=-0.5)
    ns.write(net, tmp_path / "net.csv")
    for table in ("net.csv", "net.neurons.csv"):
        for line in (tmp_path / table).read_text().splitlines()[1:]:
            cells = [cell.strip(' "\t') for cell in line.split(",")]
            assert not [c for c in cells if c.startswith(tuple("=+-@\uff1d")) and c != "-0.5"]
    again = ns.read(tmp_path / "net.csv")
    assert [n.name for n in again.neurons] == [n.name for n in net.neurons]
    assert [layer.name for layer in again.layers] == [f"{sign}layer"]


def test_no_name_opens_a_tag_in_dot(tmp_path):
    net = ns.Network("<script>")
    net.add_neuron("<img src=x onerror=alert(1)> & Co", role="input")
    ns.write(net, tmp_path / "net.dot")
    text = (tmp_path / "net.dot").read_text()
    assert "<" not in text
    assert 'label="&lt;img src=x onerror=alert(1)&gt; &amp; Co"' in text
    assert ns.read(tmp_path / "net.dot").neurons[0].name == net.neurons[0].name


# -- tables --------------------------------------------------------------------------------------


def test_frames_and_sparse_matrices_keep_their_order():
    net = ns.topologies.layered([2, 2])
    _, synapses = ns.to_frames(net)
    again = ns.from_frames(None, synapses.iloc[::-1])
    assert list(found(again)) == list(found(net))[::-1]
    matrix = ns.to_sparse(net)
    matrix.coords = tuple(ends[::-1] for ends in matrix.coords)
    assert list(found(ns.from_sparse(matrix))) == ["1>3", "1>2", "0>3", "0>2"]


def test_a_column_of_weights_of_another_name_is_named_in_frames():
    _, synapses = ns.to_frames(ns.topologies.layered([1, 1]))
    synapses = synapses.assign(weight=0.5).rename(columns={"weight": "strength"})
    with pytest.warns(NeurosimWarning, match="there are numbers in 'strength'"):
        ns.from_frames(None, synapses)
    assert list(found(ns.from_frames(None, synapses, weight="strength")).values()) == [0.5]


def test_a_node_that_becomes_an_input_says_no_activation_in_any_table():
    neurons, synapses = ns.to_frames(ns.topologies.layered([1, 1], activation="tanh"))
    neurons = neurons.drop(columns="role").assign(activation="tanh")
    neurons.attrs.clear()
    with pytest.raises(StructureError, match="becomes an input neuron, which has no activation"):
        ns.from_frames(neurons, synapses)
