"""Graphs as other programs write them: each dialect is a function of nodes and edges.

A node is its name and its attributes, an edge its two ends and its attributes; all names are text.
"""

import json
from html import escape

import pandas as pd


def _rows(nodes):
    return [{"id": name, **data} for name, data in nodes]


def _links(edges, ends=("source", "target")):
    return [{ends[0]: pre, ends[1]: post, **data} for pre, post, data in edges]


def networkx_json(nodes, edges, directed=True):
    return json.dumps(
        {"directed": directed, "multigraph": False, "graph": {}}
        | {"nodes": _rows(nodes), "edges": _links(edges)}
    )


def networkx_1_json(nodes, edges, directed=True):
    """Ends were places in the list of nodes, and the attributes of the graph pairs."""
    place = {name: i for i, (name, _) in enumerate(nodes)}
    links = [(place.get(pre, 10**6), place.get(post, 10**6), data) for pre, post, data in edges]
    return json.dumps(
        {"directed": directed, "graph": [["name", "old"]]}
        | {"nodes": _rows(nodes), "links": _links(links)}
    )


def d3_objects_json(nodes, edges):
    """A simulation puts the nodes themselves into the links."""
    listed = [{**row, "index": i} for i, row in enumerate(_rows(nodes))]
    rows = {row["id"]: row for row in listed}
    links = [(rows.get(a, {"id": a}), rows.get(b, {"id": b}), data) for a, b, data in edges]
    return json.dumps({"nodes": listed, "links": _links(links)})


def d3_names_json(nodes, edges):
    """Nodes have names and no identifiers, and links tell places."""
    place = {name: i for i, (name, _) in enumerate(nodes)}
    links = [(place.get(pre, -1), place.get(post, -1), data) for pre, post, data in edges]
    rows = [{"name": name, **data} for name, data in nodes]
    return json.dumps({"nodes": rows, "links": _links(links)})


def visjs_json(nodes, edges):
    return json.dumps({"nodes": _rows(nodes), "edges": _links(edges, ("from", "to"))})


def graphology_json(nodes, edges, directed=True):
    return json.dumps(
        {
            "attributes": {"name": "g"},
            "options": {"type": "directed" if directed else "undirected", "multi": False},
            "nodes": [{"key": name, "attributes": data} for name, data in nodes],
            "edges": [
                {"key": str(i), "source": pre, "target": post, "attributes": data}
                for i, (pre, post, data) in enumerate(edges)
            ],
        }
    )


def sigma_json(nodes, edges):
    """Gephi's exporter has attributes inside, beside what sigma.js draws."""
    rows = [
        {"id": name, "label": name, "x": 1.5, "y": 2.0, "size": 3.0, "attributes": data}
        for name, data in nodes
    ]
    links = [
        {"source": pre, "target": post, "id": str(i), "color": "#fff", "attributes": data}
        for i, (pre, post, data) in enumerate(edges)
    ]
    return json.dumps({"nodes": rows, "edges": links})


def _elements(nodes, edges):
    return (
        [{"data": row, "position": {"x": 1, "y": 2}} for row in _rows(nodes)],
        [{"data": {"id": f"e{i}", **row}} for i, row in enumerate(_links(edges))],
    )


def cytoscape_json(nodes, edges):
    nodes, edges = _elements(nodes, edges)
    return json.dumps({"data": {"name": "c"}, "elements": {"nodes": nodes, "edges": edges}})


def cytoscape_list_json(nodes, edges):
    nodes, edges = _elements(nodes, edges)
    return json.dumps({"elements": [*edges, *nodes]})


def cytoscape_bare_json(nodes, edges):
    nodes, edges = _elements(nodes, edges)
    return json.dumps({"nodes": nodes, "edges": edges})


def _keys(things):
    return dict.fromkeys(key for *_, data in things for key in data)


def _graphml_data(data, letter, kinds):
    return "".join(
        f'<data key="{letter}{kinds.index(key)}">{escape(str(value))}</data>'
        for key, value in data.items()
    )


def graphml(nodes, edges, directed=True, space=' xmlns="http://graphml.graphdrawing.org/xmlns"'):
    kinds = {"n": ("node", [*_keys(nodes)]), "e": ("edge", [*_keys(edges)])}
    declared = "".join(
        f'<key id="{letter}{i}" for="{domain}" attr.name="{name}" attr.type="string"/>'
        for letter, (domain, names) in kinds.items()
        for i, name in enumerate(names)
    )
    node = "".join(
        f'<node id="{escape(name)}">{_graphml_data(data, "n", kinds["n"][1])}</node>'
        for name, data in nodes
    )
    edge = "".join(
        f'<edge source="{escape(a)}" target="{escape(b)}">'
        f"{_graphml_data(data, 'e', kinds['e'][1])}</edge>"
        for a, b, data in edges
    )
    kind = "directed" if directed else "undirected"
    return f'<graphml{space}>{declared}<graph edgedefault="{kind}">{node}{edge}</graph></graphml>'


def graphml_without_namespace(nodes, edges, directed=True):
    return graphml(nodes, edges, directed, "")


def graphml_edges_first(nodes, edges):
    text = graphml(nodes, edges)
    head, rest = text.split('<graph edgedefault="directed">')
    first = rest.find("<edge ")
    if first < 0:
        return text
    nodes, edges = rest[:first], rest[first : -len("</graph></graphml>")]
    return f'{head}<graph edgedefault="directed">{edges}{nodes}</graph></graphml>'


def _gexf_data(data):
    values = "".join(
        f'<attvalue for="{key}" value="{escape(str(value))}"/>' for key, value in data.items()
    )
    return f"<attvalues>{values}</attvalues>" if values else ""


def gexf(nodes, edges, directed=True, space="http://www.gexf.net/1.2draft", declared=True):
    kinds = (("node", _keys(nodes)), ("edge", _keys(edges))) if declared else ()
    attributes = "".join(
        f'<attributes class="{kind}">'
        + "".join(f'<attribute id="{key}" title="{key}" type="string"/>' for key in keys)
        + "</attributes>"
        for kind, keys in kinds
    )
    node = "".join(
        f'<node id="{escape(name)}" label="{escape(name)}">{_gexf_data(data)}</node>'
        for name, data in nodes
    )
    edge = "".join(
        f'<edge id="{i}" source="{escape(a)}" target="{escape(b)}">{_gexf_data(data)}</edge>'
        for i, (a, b, data) in enumerate(edges)
    )
    kind = "directed" if directed else "undirected"
    return (
        f'<gexf xmlns="{space}" version="1.2"><graph defaultedgetype="{kind}">{attributes}'
        f"<nodes>{node}</nodes><edges>{edge}</edges></graph></gexf>"
    )


def gexf_1_3(nodes, edges, directed=True):
    return gexf(nodes, edges, directed, "http://gexf.net/1.3")


def gexf_of_gephi_org(nodes, edges, directed=True):
    return gexf(nodes, edges, directed, "http://www.gephi.org/gexf/1.1draft")


def gexf_undeclared(nodes, edges):
    return gexf(nodes, edges, declared=False)


def _quoted(text):
    return '"' + text.replace('"', '\\"') + '"'


def _dot_data(data):
    pairs = ", ".join(f"{key}={_quoted(str(value))}" for key, value in data.items())
    return f" [{pairs}]" if pairs else ""


def dot(nodes, edges, directed=True):
    arrow, kind = ("->", "digraph") if directed else ("--", "graph")
    node = "".join(f"{_quoted(name)}{_dot_data(data)};\n" for name, data in nodes)
    edge = "".join(f"{_quoted(a)} {arrow} {_quoted(b)}{_dot_data(c)};\n" for a, b, c in edges)
    return f"{kind} {{\n{node}{edge}}}\n"


def _table(head, rows, delimiter=","):
    """Return a table; the names and values in the tests need no quotes."""
    lines = [head, *([str(row.get(key, "")) for key in head] for row in rows)]
    return "".join(delimiter.join(line) + "\n" for line in lines)


def edge_list(nodes, edges, directed=True, delimiter=",", ends=("Source", "Target")):
    """Return the list of the edges and that of the nodes."""
    head = [*ends, *(() if directed else ("Type",)), *_keys(edges)]
    extra = {} if directed else {"Type": "Undirected"}
    rows = [{**row, **extra} for row in _links(edges, ends)]
    return _table(head, rows, delimiter), _table(
        ["Id", *_keys(nodes)], [{"Id": name, **data} for name, data in nodes], delimiter
    )


def spaced_edge_list(nodes, edges):
    return edge_list(nodes, edges, delimiter=" ;  ", ends=("from", "to"))


TEXTS = {
    "node-link": (
        networkx_json, networkx_1_json, d3_objects_json, d3_names_json, visjs_json,
        graphology_json, sigma_json,
    ),
    "cytoscape": (cytoscape_json, cytoscape_list_json, cytoscape_bare_json),
    "graphml": (graphml, graphml_without_namespace, graphml_edges_first),
    "gexf": (gexf, gexf_1_3, gexf_of_gephi_org, gexf_undeclared),
    "dot": (dot,),
    "csv": (edge_list, spaced_edge_list),
}  # fmt: skip
ALL = [(name, make) for name, makes in TEXTS.items() for make in makes]
UNDIRECTED = (
    networkx_json, networkx_1_json, graphology_json, graphml, graphml_without_namespace, gexf,
    gexf_1_3, gexf_of_gephi_org, dot, edge_list,
)  # fmt: skip


def write(text, folder):
    """Write what a dialect has made; return the path to be read."""
    path = folder / "net"
    (folder / "net.neurons.csv").unlink(missing_ok=True)
    if isinstance(text, tuple):
        text, listed = text
        (folder / "net.neurons.csv").write_text(listed)
    path.write_text(text)
    return path


def frames(nodes, edges):
    """Return the same as the two frames of `from_frames`."""
    neurons = pd.DataFrame([{"name": name, **data} for name, data in nodes])
    return neurons, pd.DataFrame(_links(edges, ("pre", "post")), columns=["pre", "post", "weight"])
