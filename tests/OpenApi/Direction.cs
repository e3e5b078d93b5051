namespace FineTune.OpenApi;

/// <summary>Who wrote a body, and so what may be in it.</summary>
internal enum Direction
{
    /// <summary>A client, to create or replace.</summary>
    Create,

    /// <summary>A client, to change.</summary>
    Update,

    /// <summary>The service.</summary>
    Response,
}
