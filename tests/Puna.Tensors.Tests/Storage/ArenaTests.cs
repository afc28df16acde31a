using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Memory by moving a pointer: marks, growth, pooled objects, alignment.</summary>
public unsafe class ArenaTests
{
    [Fact]
    public void Every_tensor_starts_at_a_multiple_of_64_bytes_and_none_overlap()
    {
        using var arena = new Arena();
        var random = new CounterRandom(1);
        var end = (byte*)null;
        for (var i = 0; i < 200; i++)
        {
            var tensor = arena.Allocate((DType)random.Next(6), new Shape(random.Next(200)));
            ((nint)tensor.Data % NativeBuffer.Alignment).ShouldBe(0);
            if (end is not null) ((nint)tensor.Data).ShouldBeGreaterThanOrEqualTo((nint)end);
            end = (byte*)tensor.Data + tensor.Bytes;
        }
    }

    [Fact]
    public void Releasing_to_a_mark_gives_back_memory_and_objects()
    {
        using var arena = new Arena();
        arena.Allocate(DType.Float32, new Shape(100));
        var mark = arena.Set();
        var used = arena.UsedBytes;
        var first = arena.Allocate(DType.Float32, new Shape(300));
        var place = (nint)first.Data;
        arena.Release(mark);
        arena.UsedBytes.ShouldBe(used);
        var second = arena.Allocate(DType.Int32, new Shape(7));
        second.ShouldBeSameAs(first);
        ((nint)second.Data).ShouldBe(place);
        second.DType.ShouldBe(DType.Int32);
        second.Shape.ShouldBe(new Shape(7));
        arena.PeakBytes.ShouldBeGreaterThan(arena.UsedBytes);
    }

    [Fact]
    public void A_pooled_object_forgets_its_gradient()
    {
        using var arena = new Arena();
        var tensor = arena.Allocate(DType.Float32, new Shape(4));
        tensor.RequiresGradient = true;
        tensor.Gradient = arena.Allocate(DType.Float32, new Shape(4));
        arena.Reset();
        arena.Allocate(DType.Float32, new Shape(4)).ShouldBeSameAs(tensor);
        tensor.RequiresGradient.ShouldBeFalse();
        tensor.Gradient.ShouldBeNull();
    }

    [Fact]
    public void Growth_adds_chunks_without_moving_anything_and_a_reset_joins_them()
    {
        using var arena = new Arena();
        var tensors = new List<Tensor>();
        for (var i = 0; i < 40; i++)
        {
            var tensor = arena.Allocate(DType.Float32, new Shape(100_000));
            tensor.Span<float>().Fill(i);
            tensors.Add(tensor);
        }
        for (var i = 0; i < 40; i++) tensors[i].Span<float>().ToArray().ShouldAllBe(x => x == i);
        var capacity = arena.CapacityBytes;
        arena.Reset();
        arena.UsedBytes.ShouldBe(0);
        arena.CapacityBytes.ShouldBe(capacity);
        // one piece now: tensors follow each other
        var end = (nint)0;
        for (var i = 0; i < 40; i++)
        {
            var tensor = arena.Allocate(DType.Float32, new Shape(100_000));
            if (end != 0) ((nint)tensor.Data).ShouldBe(end);
            end = (nint)tensor.Data + 400_000;
        }
        arena.CapacityBytes.ShouldBe(capacity);
        arena.PeakBytes.ShouldBe(40 * 400_000);
    }

    [Fact]
    public void A_mark_of_an_earlier_chunk_can_be_released_to_after_growth()
    {
        using var arena = new Arena();
        arena.Allocate(DType.Float32, new Shape(10));
        var mark = arena.Set();
        for (var round = 0; round < 3; round++)
        {
            var large = arena.Allocate(DType.Float32, new Shape(1_000_000));
            large.Span<float>().Fill(1);
            arena.Release(mark);
        }
        arena.CapacityBytes.ShouldBeLessThan(12_000_000);
    }

    [Fact]
    public void A_view_of_the_arena_shares_memory_and_needs_the_same_count()
    {
        using var arena = new Arena();
        var tensor = arena.Allocate(DType.Float32, new Shape(4, 6));
        ((nint)arena.View(tensor, new Shape(8, 3)).Data).ShouldBe((nint)tensor.Data);
        Should.Throw<ArgumentException>(() => arena.View(tensor, new Shape(5, 5)));
    }

    [Fact]
    public void More_memory_than_there_is_gives_a_sentence()
    {
        Should.Throw<InsufficientMemoryException>(() => new NativeBuffer(1L << 60)).Message.ShouldContain("bytes of memory");
        using var arena = new Arena();
        Should.Throw<InsufficientMemoryException>(() => arena.Allocate(DType.Float32, new Shape(1L << 58)));
        arena.Allocate(DType.Float32, new Shape(10)).Span<float>().Fill(1);
        Should.Throw<OverflowException>(() => arena.Allocate(DType.Float32, new Shape(1L << 40, 1L << 40)));
    }

    [Fact]
    public void A_disposed_buffer_says_so()
    {
        var buffer = new NativeBuffer(100);
        new Span<byte>(buffer.Pointer, 100).ToArray().ShouldAllBe(b => b == 0);
        buffer.Dispose();
        buffer.Dispose();
        Should.Throw<ObjectDisposedException>(() => (nint)buffer.Pointer);
        Should.Throw<ArgumentOutOfRangeException>(() => new NativeBuffer(-1));
    }
}
