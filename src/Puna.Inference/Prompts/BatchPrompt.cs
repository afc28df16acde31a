using System.Text.Json;

namespace Puna.Inference;

/// <summary>A prompt of a file of prompts.</summary>
/// <param name="Index">Its place among the prompts, from 0.</param>
/// <param name="Line">Its line in the file, from 1.</param>
/// <param name="Text">The prompt.</param>
/// <param name="System">A system message of its own, or null.</param>
/// <param name="Others">What else the line says; copied to the answer.</param>
public sealed record BatchPrompt(int Index, int Line, string Text, string? System, IReadOnlyList<(string Name, JsonElement Value)> Others);
