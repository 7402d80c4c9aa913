import type { Dockerfile } from '../dockerfile/instructions.ts';
import type { RuleMeta } from './rule.ts';

/** What `# check=experimental=A,B;error=true` asks for; what it skips is a suppression like others. */
export interface CheckDirective {
  /** Names of BuildKit's checks, or `all`. */
  readonly experimental: readonly string[];
  /** A finding of a BuildKit check fails the build. */
  readonly isError: boolean;
}

/** Reads the directive at the top of a file (docs.docker.com/reference/dockerfile, "check"). */
export function checkDirectiveOf(file: Dockerfile): CheckDirective {
  const value = file.directives.find(({ name }) => name === 'check')?.value ?? '';
  const fields = new Map(
    value.split(';').map((field): [string, string] => {
      const equals = field.indexOf('=');
      return [field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1).trim()];
    }),
  );
  return {
    experimental: (fields.get('experimental') ?? '').split(',').map((name) => name.trim().toLowerCase()),
    isError: fields.get('error')?.toLowerCase() === 'true',
  };
}

/** Whether the directive asks for an experimental rule. */
export function asksFor({ experimental }: CheckDirective, { aliases }: RuleMeta): boolean {
  return (
    experimental.includes('all') ||
    aliases.some(
      (alias) => alias.startsWith(BUILDKIT) && experimental.includes(alias.slice(BUILDKIT.length).toLowerCase()),
    )
  );
}

/** Whether a finding is one of BuildKit's checks. */
export function isBuildkitCheck(aliases: readonly string[]): boolean {
  return aliases.some((alias) => alias.startsWith(BUILDKIT));
}

const BUILDKIT = 'buildkit:';
