namespace Puna.Hub;

/// <summary>Asks the hub which files it wants in large storage and which in the repository itself, and which its .gitignore leaves out.</summary>
internal static class UploadModes
{
    private const int FilesInRequest = 256, SampleBytes = 512;

    /// <summary>Each file with whether it goes to large storage; those that the hub ignores are left out, and said.</summary>
    /// <exception cref="IOException">The hub does not say it of every file.</exception>
    public static async Task<IReadOnlyList<(LocalFile File, bool IsLarge)>> AskAsync(HubHttp http, ModelName name, string revision, IReadOnlyList<LocalFile> files, ITransferDisplay display, CancellationToken cancellation)
    {
        var modes = new List<(LocalFile, bool)>();
        foreach (var some in files.Chunk(FilesInRequest))
        {
            var call = new HubCall(HttpMethod.Post, http.Options.At($"/api/models/{name}/preupload/{Uri.EscapeDataString(revision)}"), name.ToString())
            {
                Body = HubJson.Body(json =>
                {
                    json.WriteStartArray("files");
                    foreach (var file in some)
                    {
                        json.WriteStartObject();
                        json.WriteString("path", file.Name);
                        json.WriteBase64String("sample", file.Sample(SampleBytes));
                        json.WriteNumber("size", file.Size);
                        json.WriteEndObject();
                    }
                    json.WriteEndArray();
                }),
            };
            using var json = await HubJson.ReadAsync(http, call, cancellation).ConfigureAwait(false);
            var answers = HubJson.List(HubJson.Inner(json.RootElement, "files")).GroupBy(answer => HubJson.Text(answer, "path") ?? "").ToDictionary(group => group.Key, group => group.First());
            foreach (var file in some)
            {
                if (!answers.TryGetValue(file.Name, out var answer) || HubJson.Text(answer, "uploadMode") is not ("lfs" or "regular"))
                    throw new IOException($"{name}: the hub does not say how it wants {file.Name}");
                if (HubJson.IsTrue(answer, "shouldIgnore")) display.Say($"{file.Name} is left out: the repository's .gitignore has it");
                else modes.Add((file, file.Size > 0 && HubJson.Text(answer, "uploadMode") == "lfs")); // large storage takes nothing empty
            }
        }
        return modes;
    }
}
