namespace Puna.Models.Tests;

/// <summary>No position may know what comes after it, and no document what stands in another.</summary>
public class CausalityTests
{
    [Theory]
    [InlineData(4, 4)]
    [InlineData(4, 2)]
    [InlineData(4, 1)]
    public void Changing_token_t_changes_no_logit_before_t_and_the_logits_at_t(int heads, int keyValueHeads)
    {
        using var forward = new Forwarder(2);
        var network = TinyLlama.Network(TinyLlama.Config(heads, keyValueHeads));
        var ids = TinyLlama.Ids(24);
        var before = forward.Logits(network, ids);
        for (var t = 0; t < ids.Length; t++)
        {
            int[] changed = [.. ids];
            changed[t] = (ids[t] + 1) % TinyLlama.Vocabulary;
            var after = forward.Logits(network, changed);
            for (var s = 0; s < t; s++) after[s].ShouldBe(before[s], $"token {t} was seen at {s}");
            for (var s = t; s < ids.Length; s++) Forwarder.Largest(after[s], before[s]).ShouldBeGreaterThan(0, $"token {t} was not seen at {s}");
        }
    }

    [Fact]
    public void In_a_packed_row_a_change_stays_in_its_document_and_behind_its_token()
    {
        using var forward = new Forwarder();
        var network = TinyLlama.Network();
        var ids = TinyLlama.Ids(18);
        int[] documents = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2];
        int[] positions = [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5];
        var before = forward.Logits(network, ids, documents: documents, positions: positions);
        for (var t = 0; t < ids.Length; t++)
        {
            int[] changed = [.. ids];
            changed[t] = (ids[t] + 5) % TinyLlama.Vocabulary;
            var after = forward.Logits(network, changed, documents: documents, positions: positions);
            for (var s = 0; s < ids.Length; s++)
            {
                if (s >= t && documents[s] == documents[t]) Forwarder.Largest(after[s], before[s]).ShouldBeGreaterThan(0);
                else after[s].ShouldBe(before[s], $"token {t} was seen at {s}");
            }
        }
    }

    [Fact]
    public void A_row_has_the_same_logits_alone_and_in_a_batch()
    {
        using var forward = new Forwarder(2);
        var network = TinyLlama.Network();
        var ids = TinyLlama.Ids(5 * 12);
        var together = forward.Logits(network, ids, batch: 5);
        for (var row = 0; row < 5; row++)
        {
            var alone = forward.Logits(network, ids[(row * 12)..((row + 1) * 12)]);
            for (var t = 0; t < 12; t++) Forwarder.Largest(alone[t], together[(row * 12) + t]).ShouldBeLessThan(1e-5);
        }
    }

    [Fact]
    public void Rows_of_a_batch_do_not_see_each_other()
    {
        using var forward = new Forwarder();
        var network = TinyLlama.Network();
        var ids = TinyLlama.Ids(3 * 10);
        var before = forward.Logits(network, ids, batch: 3);
        ids[14] = (ids[14] + 1) % TinyLlama.Vocabulary;
        var after = forward.Logits(network, ids, batch: 3);
        for (var s = 0; s < 30; s++)
        {
            if (s is < 14 or >= 20) after[s].ShouldBe(before[s]);
        }
    }
}
