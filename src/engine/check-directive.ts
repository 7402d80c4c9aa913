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
  const { experimental, error } = checkFields(file.directives.find(({ name }) => name === 'check')?.value ?? '');
  // Go's strconv.ParseBool.
  return { experimental, isError: /^(?:1|t|true)$/i.test(error) };
}

/** The fields of `skip=A,B;experimental=C;error=true`; words behind a name, as an inline comment may have them, are passed over. */
export function checkFields(value: string): {
  readonly skip: readonly string[];
  readonly experimental: readonly string[];
  readonly error: string;
} {
  const fields = new Map(
    value.split(';').map((field): [string, string] => {
      const equals = field.indexOf('=');
      return [field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1).trim()];
    }),
  );
  const namesIn = (field: string) =>
    (fields.get(field) ?? '')
      .split(',')
      .map((name) => name.trim().split(/\s/)[0] ?? '')
      .filter(Boolean);
  return {
    skip: namesIn('skip'),
    experimental: namesIn('experimental').map((name) => name.toLowerCase()),
    error: fields.get('error') ?? '',
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
