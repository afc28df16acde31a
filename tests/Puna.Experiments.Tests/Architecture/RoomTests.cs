using System.Xml.Linq;
using Puna.Tests;

namespace Puna.Experiments.Tests.Architecture;

/// <summary>The house: which room may know which, and that no room is a box for everything.</summary>
public class RoomTests
{
    private static readonly string Source = Path.Combine(SharedData.Root, "src");

    // a room that is added gets a line here, and with it a place in the house
    private static readonly Dictionary<string, string[]> MayKnow = new()
    {
        ["Puna.Tensors"] = [],
        ["Puna.Text"] = [],
        ["Puna.Hub"] = ["Puna.Text"],
        ["Puna.Models"] = ["Puna.Tensors", "Puna.Text"],
        ["Puna.Inference"] = ["Puna.Models"],
        ["Puna.Training"] = ["Puna.Models"],
        ["Puna.Evaluation"] = ["Puna.Inference"],
        ["Puna.Experiments"] = ["Puna.Evaluation", "Puna.Hub", "Puna.Training"],
        ["Puna.Cli"] = ["Puna.Experiments"],
    };

    public static TheoryData<string> Rooms => [.. Directory.GetDirectories(Source).Select(folder => Path.GetFileName(folder)!)];

    [Theory, MemberData(nameof(Rooms))]
    public void A_room_knows_the_rooms_below_it_and_no_other(string room)
    {
        MayKnow.Keys.ShouldContain(room, "give the room its place in this test");
        var project = XDocument.Load(Path.Combine(Source, room, room + ".csproj"));
        project.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)).Order().ShouldBe(MayKnow[room].Order());
    }

    [Fact]
    public void No_room_and_no_folder_is_named_after_nothing() =>
        Directory.EnumerateDirectories(Source, "*", SearchOption.AllDirectories)
            .Where(folder => Path.GetFileName(folder).Split('.').Intersect(["Core", "Common", "Utils", "Helpers", "Misc", "Shared"]).Any()).ShouldBeEmpty();

    [Fact]
    public void No_file_is_longer_than_500_lines() =>
        Files().Where(file => File.ReadLines(file).Count() > 500).ShouldBeEmpty();

    [Fact]
    public void A_file_holds_the_namespace_of_its_room() =>
        Files().Where(file => File.ReadLines(file).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal)) is { } line
            && !line.StartsWith($"namespace {Path.GetRelativePath(Source, file).Split(Path.DirectorySeparatorChar)[0]}", StringComparison.Ordinal)).ShouldBeEmpty();

    [Fact]
    public void Every_room_is_in_the_solution_and_has_tests()
    {
        var solution = File.ReadAllText(Path.Combine(SharedData.Root, "Puna.slnx"));
        foreach (var room in MayKnow.Keys)
        {
            solution.ShouldContain($"src/{room}/{room}.csproj");
            solution.ShouldContain($"tests/{room}.Tests/{room}.Tests.csproj");
        }
        solution.ShouldContain("tests/Puna.Fuzz/Puna.Fuzz.csproj"); // all readers of all rooms
    }

    private static IEnumerable<string> Files() => Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories);
}
