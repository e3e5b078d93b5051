using Microsoft.Data.Sqlite;

namespace FineTune.Durable.Embedded.Storage;

/// <summary>The tables, and how an older file becomes a newer one.</summary>
internal static class Schema
{
    // Element n brings version n to version n + 1. Times are UTC ticks; JSON is text.
    private static readonly string[] Migrations =
    [
        """
        CREATE TABLE instances (
          seq INTEGER PRIMARY KEY AUTOINCREMENT,
          instance_id TEXT NOT NULL UNIQUE,
          name TEXT NOT NULL,
          version TEXT NOT NULL,
          execution INTEGER NOT NULL,
          status INTEGER NOT NULL,
          events INTEGER NOT NULL,
          input TEXT,
          output TEXT,
          failure TEXT,
          custom_status TEXT,
          parent INTEGER,
          parent_execution INTEGER,
          parent_task INTEGER,
          created_at INTEGER NOT NULL,
          updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX instances_by_parent ON instances (parent) WHERE parent IS NOT NULL;

        CREATE TABLE history (
          instance INTEGER NOT NULL,
          position INTEGER NOT NULL,
          event TEXT NOT NULL,
          PRIMARY KEY (instance, position)
        ) STRICT, WITHOUT ROWID;

        -- What instances have yet to receive. execution 0: for whichever execution is current.
        CREATE TABLE inbox (
          instance INTEGER NOT NULL,
          id INTEGER NOT NULL,
          execution INTEGER NOT NULL,
          event TEXT NOT NULL,
          PRIMARY KEY (instance, id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE activities (
          id INTEGER PRIMARY KEY,
          instance INTEGER NOT NULL,
          execution INTEGER NOT NULL,
          task INTEGER NOT NULL,
          name TEXT NOT NULL,
          input TEXT,
          lease_until INTEGER
        ) STRICT;
        CREATE INDEX activities_waiting ON activities (id) WHERE lease_until IS NULL;
        CREATE INDEX activities_by_instance ON activities (instance);

        CREATE TABLE timers (
          instance INTEGER NOT NULL,
          timer INTEGER NOT NULL,
          execution INTEGER NOT NULL,
          fire_at INTEGER NOT NULL,
          PRIMARY KEY (instance, timer)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX timers_by_fire_at ON timers (fire_at);
        """,
    ];

    /// <summary>The newest version that this program knows.</summary>
    public static long CurrentVersion => Migrations.Length;

    /// <summary>Creates or upgrades the tables, in one transaction.</summary>
    /// <exception cref="UnsupportedSchemaVersionException">The file is newer than this program.</exception>
    public static void Upgrade(SqliteSession session, string databasePath)
    {
        session.Execute("BEGIN IMMEDIATE");
        try
        {
            session.Execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT");
            long version = session.Scalar("SELECT version FROM schema_version") ?? 0;
            if (version > CurrentVersion)
            {
                throw new UnsupportedSchemaVersionException(databasePath, version, CurrentVersion);
            }

            for (long from = version; from < CurrentVersion; from++)
            {
                session.ExecuteScript(Migrations[from]);
            }

            if (version < CurrentVersion)
            {
                session.Execute("DELETE FROM schema_version");
                session.Execute("INSERT INTO schema_version (version) VALUES ($1)", CurrentVersion);
            }

            session.Execute("COMMIT");
        }
        catch
        {
            session.Execute("ROLLBACK");
            throw;
        }
    }
}
