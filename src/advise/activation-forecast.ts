import { chainOf } from '../python/facts.ts';
import type { PythonStage } from '../python/model.ts';
import { editsSecurePath, writesProfile } from '../python/profiles.ts';
import { environmentOnPath } from '../python/search.ts';

/** Which Python somebody gets who enters a container in one of the ways, as far as the Dockerfile tells. */
export interface Forecast {
  readonly how: string;
  /** The environment, the base Python, or whatever a file that is not known decides. */
  readonly python: 'environment' | 'base' | 'unknown';
  /** Path of the environment, where that is what they get. */
  readonly environment: string | undefined;
  readonly because: string;
}

/**
 * The ways into a container of a stage's image: what the engine starts keeps ENV, login shells and sudo start anew. Measured on
 * Debian 12 and 13 with sudo, su, cron and both shells (test/tools/activation.test.ts compares the same with images).
 */
export function forecastOf(stage: PythonStage): Forecast[] {
  const { stage: own, known, base } = stage;
  const environment = environmentOnPath(own.environment.get('PATH'), known)?.path.text;
  const hasProfile = writesProfile(stage);
  const login = base?.distribution?.login;
  const row = (how: string, isKept: boolean | undefined, because: string): Forecast => ({
    how,
    python: isKept === undefined ? 'unknown' : isKept && environment !== undefined ? 'environment' : 'base',
    environment: isKept ? environment : undefined,
    because,
  });
  const hasSudo = chainOf(stage).some(({ packages }) =>
    packages.some(({ action, packages: names }) => action === 'install' && names.some(({ name }) => name === 'sudo')),
  );
  return [
    row('exec, CMD, RUN, sh -c', true, 'the engine sets ENV'),
    row(
      'login shell (bash -lc)',
      hasProfile || (login === undefined ? undefined : login === 'keeps'),
      hasProfile
        ? 'a file in /etc/profile.d, or another profile, says so'
        : login === 'keeps'
          ? '/etc/profile adds to PATH here'
          : login === 'resets'
            ? '/etc/profile sets PATH anew'
            : 'what /etc/profile does to PATH is not known of this image',
    ),
    row('su USER', true, 'su keeps the environment'),
    row(
      'su - USER',
      hasProfile,
      hasProfile ? 'a profile says so' : 'it starts anew, and no profile names the environment',
    ),
    ...(hasSudo
      ? [
          row(
            'sudo',
            editsSecurePath(stage),
            editsSecurePath(stage) ? 'secure_path was set' : 'secure_path takes the place of PATH',
          ),
          row(
            'sudo -i',
            hasProfile,
            hasProfile ? 'a profile says so' : 'it starts anew, and no profile names the environment',
          ),
        ]
      : []),
    row('cron, systemd, ssh', false, 'they know nothing of ENV: name programs by their paths'),
  ];
}
