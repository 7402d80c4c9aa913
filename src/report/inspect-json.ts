import type { Inspection } from '../image/inspect.ts';

/** The JSON report of `inspect`, version 1: fields are added, never renamed or removed (docs/json.md). */
export function inspectJson(inspection: Inspection, version: string): string {
  const { image, layers, total, live, wasted, efficiency, byCause, litter, notes } = inspection;
  const { config } = image;
  const document = {
    version: 1,
    tool: { name: 'plimsoll', version },
    image: {
      reference: image.reference,
      source: image.source,
      platform: image.platform ?? null,
      digest: image.digest ?? null,
      config:
        config === undefined
          ? null
          : {
              user: config.user,
              env: config.env,
              workdir: config.workdir,
              entrypoint: config.entrypoint,
              cmd: config.cmd,
              shell: config.shell,
            },
      layers: layers.map(
        ({ index, digest, diffId, mediaType, size, compressedSize, entries, createdBy, wasted, note }) => ({
          index,
          digest: digest ?? null,
          diffId: diffId ?? null,
          mediaType: mediaType ?? null,
          size,
          compressedSize: compressedSize ?? null,
          entries,
          createdBy: createdBy ?? null,
          wasted,
          ...(note === undefined ? {} : { inspected: false, note }),
        }),
      ),
      size: { total, live, wasted, efficiency: Number(efficiency.toFixed(4)), byCause },
      waste: inspection.waste.map(({ path, cause, writtenBy, killedBy, files, size }) => ({
        path: utf8(path),
        cause,
        writtenBy,
        killedBy,
        files,
        size,
      })),
      litter: litter.map(({ kind, files, size, example }) => ({ kind, files, size, example: utf8(example) })),
      notes,
    },
    findings: [],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Names are bytes, one a character; most are UTF-8, and what is not is shown with replacement characters. */
function utf8(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}
