using Puna.Text;

namespace Puna.Models.Tests;

/// <summary>A write that fails in the middle leaves what was there, and nothing else.</summary>
public class AtomicWritingTests
{
    [Fact]
    public void A_file_that_fails_in_the_middle_keeps_its_old_content()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "old");
        Should.Throw<IOException>(() => AtomicFile.Write(folder["file"], stream =>
        {
            stream.Write("half of the new"u8);
            throw new IOException("the disk is full");
        })).Message.ShouldBe("the disk is full");
        File.ReadAllText(folder["file"]).ShouldBe("old");
        folder.Entries.ShouldBe(["file"]);
    }

    [Fact]
    public void A_new_file_that_fails_is_not_there_at_all()
    {
        using var folder = new TemporaryFolder();
        Should.Throw<InvalidOperationException>(() => AtomicFile.Write(folder["file"], _ => throw new InvalidOperationException()));
        folder.Entries.ShouldBeEmpty();
    }

    [Fact]
    public void A_file_is_replaced_whole_and_its_folder_made()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.WriteText(folder["deep/er/file"], "a long first version");
        AtomicFile.WriteText(folder["deep/er/file"], "ä");
        File.ReadAllBytes(folder["deep/er/file"]).ShouldBe("ä"u8.ToArray());
        Directory.GetFileSystemEntries(folder["deep/er"]).Length.ShouldBe(1);
    }

    [Fact]
    public void A_folder_that_fails_in_the_middle_keeps_its_old_content()
    {
        using var folder = new TemporaryFolder();
        AtomicFolder.Write(folder["model"], path => File.WriteAllText(Path.Combine(path, "weights"), "old"));
        Should.Throw<IOException>(() => AtomicFolder.Write(folder["model"], path =>
        {
            File.WriteAllText(Path.Combine(path, "weights"), "new");
            throw new IOException("the disk is full");
        }));
        File.ReadAllText(folder["model/weights"]).ShouldBe("old");
        folder.Entries.ShouldBe(["model"]);
    }

    [Fact]
    public void A_folder_is_replaced_whole_and_nothing_of_the_old_one_stays()
    {
        using var folder = new TemporaryFolder();
        AtomicFolder.Write(folder["model"], path => File.WriteAllText(Path.Combine(path, "old"), "1"));
        AtomicFolder.Write(folder["model/"], path => File.WriteAllText(Path.Combine(path, "new"), "2"));
        Directory.GetFiles(folder["model"]).Select(Path.GetFileName).ShouldBe(["new"]);
        folder.Entries.ShouldBe(["model"]);
    }

    [Fact]
    public void Names_under_which_nothing_is_written_here_are_never_tidied_away()
    {
        using var folder = new TemporaryFolder();
        var id = Guid.NewGuid().ToString("N");
        foreach (var name in (string[])[$".a.{id}.tmp", $".b.{id}.tmp", $".a.{id[1..]}.tmp", $".a.{id}.bak", $"a.{id}.tmp", ".a.tmp"]) File.WriteAllText(folder[name], "");
        Directory.CreateDirectory(folder[$".d.{id}.old/deep"]);
        Directory.CreateDirectory(folder[$".e.{id}.old/deep"]);
        Directory.CreateDirectory(folder["e"]);
        AtomicFolder.Tidy(folder.Root, name => name is "a" or "d" or "e").ShouldBe(3);
        folder.Entries.ShouldBe(new[] { ".a.tmp", $".a.{id[1..]}.tmp", $".a.{id}.bak", $".b.{id}.tmp", $"a.{id}.tmp", "d", "e" }.Order(StringComparer.Ordinal));
        Directory.Exists(folder["d/deep"]).ShouldBeTrue();
        Directory.Exists(folder["e/deep"]).ShouldBeFalse();
        AtomicFolder.Tidy(folder["none"], _ => true).ShouldBe(0);
    }

    [Fact]
    public void A_folder_is_deleted_whole_and_a_missing_one_is_fine()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["a/b"]);
        AtomicFolder.Delete(folder["a"]);
        AtomicFolder.Delete(folder["a"]);
        folder.Entries.ShouldBeEmpty();
    }

    [Fact]
    public void A_new_folder_that_fails_is_not_there_at_all()
    {
        using var folder = new TemporaryFolder();
        Should.Throw<IOException>(() => AtomicFolder.Write(folder["model"], _ => throw new IOException()));
        folder.Entries.ShouldBeEmpty();
    }

    [Fact]
    public void Weights_that_cannot_take_their_place_leave_no_temporary_behind()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["model.safetensors"]);
        Should.Throw<Exception>(() => ModelFolder.Save(folder.Root, TinyLlama.Model(TinyLlama.Network()))).ShouldBeAssignableTo<SystemException>();
        folder.Entries.ShouldBe(["config.json", "model.safetensors"]);
    }
}
