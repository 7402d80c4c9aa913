import { isObject, stringOf } from '../config.ts';
import type { FileSystem } from '../file-system.ts';
import type { ImageEnvironment } from './environments.ts';
import type { Interpreter } from './interpreters.ts';
import type { Survey } from './survey.ts';

/** An installed distribution (PyPA, "Recording installed projects"). */
export interface Distribution {
  /** As PEP 503 normalizes it. */
  readonly name: string;
  readonly version: string;
  /** What INSTALLER says: `pip`, `uv`, `conda`, `debian`; undefined where it says nothing. */
  readonly installer: string | undefined;
  /** The `site-packages` or `dist-packages` it stands in. */
  readonly site: string;
  /** Its `.dist-info` directory. */
  readonly path: string;
  /** Where its source is, for an editable install (PEP 610). */
  readonly editable: string | undefined;
  /** Layer that brought it. */
  readonly layer: number;
  /** The environment it belongs to; undefined for an interpreter's own. */
  readonly environment: ImageEnvironment | undefined;
  /** The interpreter that imports it, without or with an environment. */
  readonly interpreter: Interpreter | undefined;
}

/** The distributions of an image, by their directories. */
export function distributionsOf(
  files: FileSystem,
  { sites }: Survey,
  interpreters: readonly Interpreter[],
  environments: readonly ImageEnvironment[],
): Distribution[] {
  const venvs = environments.filter(({ kind }) => kind !== 'conda');
  return sites.flatMap(({ path: site, node }) => {
    const environment = venvs.find(({ path }) => site.startsWith(`${path}/`));
    // Its own directories first: on Debian, /usr/local is also that of an interpreter that stands there.
    const own = interpreters.find((one) => isOwnSite(site, one));
    const interpreter = environment?.interpreter ?? own ?? interpreters.find((one) => isSiteOf(site, one));
    return [...(node.children ?? [])].flatMap(([child, { children, inode }]): Distribution[] => {
      const [, name, version] = /^(.+?)-([^-]+)\.dist-info$/.exec(child) ?? [];
      if (name === undefined || version === undefined || children === undefined) return [];
      const path = `${site}/${child}`;
      const info = children.get('METADATA')?.inode ?? children.get('INSTALLER')?.inode ?? inode;
      return [
        {
          name: name.toLowerCase().replace(/[-_.]+/g, '-'),
          version,
          installer: files.text(`${path}/INSTALLER`)?.trim() || undefined,
          site,
          path,
          editable: editableOf(files.text(`${path}/direct_url.json`)),
          layer: info.layer,
          environment,
          interpreter,
        },
      ];
    });
  });
}

function isOwnSite(site: string, { prefix, version, stdlib }: Interpreter): boolean {
  return site === `${stdlib}/site-packages` || site === `${prefix}/lib/python${version}/site-packages`;
}

/** Whether a distribution's interpreter has the directory on its sys.path; Debian patches its own (wiki.debian.org/Python). */
function isSiteOf(site: string, { prefix, version }: Interpreter): boolean {
  if (prefix !== '/usr') return false;
  return (
    site === '/usr/lib/python3/dist-packages' ||
    site === `/usr/local/lib/python${version}/dist-packages` ||
    site === `/usr/local/lib/python${version}/site-packages` ||
    site === `/usr/local/lib64/python${version}/site-packages`
  );
}

function editableOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const document: unknown = JSON.parse(text);
    const info = isObject(document) && isObject(document.dir_info) ? document.dir_info : {};
    const url = isObject(document) ? stringOf(document.url) : undefined;
    return info.editable === true && url?.startsWith('file://') === true
      ? decodeURIComponent(url.slice('file://'.length))
      : undefined;
  } catch {
    return undefined;
  }
}
