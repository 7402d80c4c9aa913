import { normalizePath } from '../dockerfile/stages.ts';
import type { Install } from './model.ts';
import { isTruthy } from './options.ts';

/** Where pip or uv keep what they fetch: option, variable, XDG_CACHE_HOME, or ~/.cache (pip and uv, caching documentation). */
export function cacheDirectory(install: Install): string {
  const set = install.setting('cache-dir')?.value;
  if (set !== undefined) return normalizePath(set);
  const xdg = install.call.variable('XDG_CACHE_HOME')?.value;
  const root = xdg?.known && xdg.text !== '' ? xdg.text : `${install.call.home.text}/.cache`;
  return normalizePath(`${root}/${install.tool}`);
}

/** Any value of pip's no-cache-dir switches the cache off, false ones too; uv reads a boolean. */
export function isCacheOff(install: Install): boolean {
  if (install.tool === 'pip') return install.setting('no-cache-dir') !== undefined;
  const setting = install.setting('no-cache');
  return setting !== undefined && isTruthy(setting.value) !== false;
}
