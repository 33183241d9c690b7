// Behind luigid's own graph.js: its nodes are all called alike (ProcessFile, ProcessFile, ...); these say of what.
(function () {
    var longest = 44;
    var render = Graph.DependencyGraph.prototype.renderGraph;

    function label(node) {
        var said = node.params || {};
        var when = said.chosen || said.months || said.period || said.month;
        var text = [node.name, when, said.file || said.files || said.domain].filter(Boolean).join(" ");
        return text.length > longest ? text.slice(0, longest - 1) + "…" : text;
    }

    Graph.DependencyGraph.prototype.renderGraph = function () {
        render.call(this);
        var nodes = this.graph.nodes;
        // Only names are links; the legend has none.
        this.svg.find("a text").each(function (index) {
            $(this).text(label(nodes[index]));
        });
    };
})();
