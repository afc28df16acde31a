namespace Puna.Inference;

/// <summary>The queue of a <see cref="BatchScheduler"/> is full; the message has the numbers. Nothing has happened to the request, and later it may be taken.</summary>
public sealed class SchedulerBusyException(string message) : InvalidOperationException(message);
