import { UsageError } from './errors.ts';

/** `0.9` or `90%`. */
export function partOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const [, number, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(given) ?? [];
  const part = Number(number) / (percent === '%' ? 100 : 1);
  if (number === undefined || part > 1)
    throw new UsageError(`--min-efficiency takes a part such as 0.9 or 90%, not "${given}"`);
  return part;
}

const UNITS = ['', 'k', 'm', 'g', 't'];

/** `20MB` (decimal), `20MiB` (binary), or bytes. */
export function bytesOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const [, number, unit = '', binary] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i.exec(given) ?? [];
  if (number === undefined) throw new UsageError(`--max-wasted takes bytes such as 20MB or 1GiB, not "${given}"`);
  return Number(number) * (binary ? 1024 : 1000) ** UNITS.indexOf(unit.toLowerCase());
}
