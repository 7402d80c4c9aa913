import initSqlJs from 'sql.js';

/**
 * The header blobs of `rpmdb.sqlite` (rpm since 4.16). Throws where the file cannot be read. Loaded by images that have one
 * alone, for it brings SQLite with it.
 */
export async function sqliteBlobs(file: Buffer): Promise<Buffer[]> {
  const { Database } = await initSqlJs();
  const copy = Buffer.from(file);
  // rpm leaves the file in WAL mode (SQLite file format, 1.3.3), which needs shared memory; all that matters is in the file.
  copy[18] = 1;
  copy[19] = 1;
  const database = new Database(copy);
  try {
    const blobs: Buffer[] = [];
    const statement = database.prepare('SELECT blob FROM Packages');
    while (statement.step()) {
      const [blob] = statement.get();
      if (blob instanceof Uint8Array) blobs.push(Buffer.from(blob));
    }
    statement.free();
    return blobs;
  } finally {
    database.close();
  }
}
