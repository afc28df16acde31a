namespace Puna.Inference;

/// <summary>What must hold of a grammar before it can run: it comes to an end, and no rule begins with itself.</summary>
internal static class GrammarAnalysis
{
    /// <summary>Finds what can be empty, and drops whatever never comes to an end.</summary>
    /// <exception cref="InvalidDataException">Nothing is left.</exception>
    public static void Complete(Grammar grammar, string why = "no text can ever satisfy it")
    {
        var parents = Parents(grammar);
        var nullable = Least(grammar, parents, static (node, isTrue) => node.Kind switch
        {
            GrammarNodeKind.Sequence => Array.TrueForAll(node.Items, item => isTrue[item.Id]),
            GrammarNodeKind.Choice or GrammarNodeKind.Rule => Array.Exists(node.Items, item => isTrue[item.Id]),
            GrammarNodeKind.Repeat => node.Minimum == 0 || isTrue[node.Items[0].Id],
            _ => false,
        });
        var ends = Least(grammar, parents, static (node, isTrue) => node.Kind switch
        {
            GrammarNodeKind.Sequence => Array.TrueForAll(node.Items, item => isTrue[item.Id]),
            GrammarNodeKind.Choice or GrammarNodeKind.Rule => Array.Exists(node.Items, item => isTrue[item.Id]),
            GrammarNodeKind.Repeat => node.Minimum == 0 || isTrue[node.Items[0].Id],
            _ => true,
        });
        if (!ends[grammar.Root.Id]) throw new InvalidDataException($"{grammar.Name}: {why}");
        foreach (var node in grammar.Nodes)
        {
            node.IsNullable = nullable[node.Id];
            // what is left has a sound item, or is itself dropped by whatever it is in
            if (node.Kind is GrammarNodeKind.Choice or GrammarNodeKind.Repeat && !Array.TrueForAll(node.Items, item => ends[item.Id])) node.Items = [.. node.Items.Where(item => ends[item.Id])];
        }
    }

    /// <summary>The name of a rule that can come back to itself without a character between; null for none. <see cref="Complete"/> comes first.</summary>
    public static string? LeftRecursiveRule(Grammar grammar)
    {
        var (seen, open) = (new bool[grammar.Nodes.Count], new bool[grammar.Nodes.Count]);
        var path = new Stack<(GrammarNode Node, int Next)>();
        foreach (var start in grammar.Nodes.Where(node => node.Kind == GrammarNodeKind.Rule && !seen[node.Id]))
        {
            Open(start);
            while (path.TryPop(out var at))
            {
                if (at.Next == at.Node.Items.Length || (at.Node.Kind == GrammarNodeKind.Sequence && at.Next > 0 && !at.Node.Items[at.Next - 1].IsNullable))
                {
                    open[at.Node.Id] = false;
                    continue;
                }
                path.Push((at.Node, at.Next + 1));
                var item = at.Node.Items[at.Next];
                if (open[item.Id]) return path.Select(step => step.Node).First(node => node.Kind == GrammarNodeKind.Rule).Name;
                if (!seen[item.Id]) Open(item);
            }
        }
        return null;

        void Open(GrammarNode node)
        {
            (seen[node.Id], open[node.Id]) = (true, true);
            path.Push((node, 0));
        }
    }

    private static List<GrammarNode>[] Parents(Grammar grammar)
    {
        var parents = new List<GrammarNode>[grammar.Nodes.Count];
        for (var i = 0; i < parents.Length; i++) parents[i] = [];
        foreach (var node in grammar.Nodes)
            foreach (var item in node.Items.Distinct()) parents[item.Id].Add(node);
        return parents;
    }

    /// <summary>The least solution of a monotone rule: one pass upwards, then whatever rules carry further.</summary>
    private static bool[] Least(Grammar grammar, List<GrammarNode>[] parents, Func<GrammarNode, bool[], bool> holds)
    {
        var isTrue = new bool[grammar.Nodes.Count];
        var fresh = new Stack<GrammarNode>();
        foreach (var node in grammar.Nodes) Check(node);
        while (fresh.TryPop(out var node))
            foreach (var parent in parents[node.Id]) Check(parent);
        return isTrue;

        void Check(GrammarNode node)
        {
            if (isTrue[node.Id] || !holds(node, isTrue)) return;
            isTrue[node.Id] = true;
            fresh.Push(node);
        }
    }
}
