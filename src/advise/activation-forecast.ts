import { chainOf } from '../python/facts.ts';
import type { PythonStage } from '../python/model.ts';
import { activatesInProfile, editsSecurePath } from '../python/profiles.ts';
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

/** The ways into a container of a stage's image: what the engine starts keeps ENV, login shells and sudo start anew. */
export function forecastOf(stage: PythonStage): Forecast[] {
  const { stage: own, known, base } = stage;
  const searchPath = own.environment.get('PATH');
  const environment = environmentOnPath(searchPath, known)?.path.text;
  // conda's prefixes are not followed: whose Python comes first there is not said.
  const isOther = environment === undefined && base?.python !== 'distribution' && base?.python !== 'official';
  const profile = environment === undefined ? false : activatesInProfile(stage, environment);
  const login = base?.distribution?.login;
  const row = (how: string, isKept: boolean | undefined, because: string): Forecast => {
    const python =
      isKept === undefined || isOther ? 'unknown' : isKept && environment !== undefined ? 'environment' : 'base';
    return { how, python, environment: python === 'environment' ? environment : undefined, because };
  };
  const anew = profile
    ? 'a profile names the environment'
    : profile === undefined
      ? 'a profile is written whose text is not known'
      : 'it starts anew, and no profile names the environment';
  const hasSudo = chainOf(stage).some(({ packages }) =>
    packages.some(({ action, packages: names }) => action === 'install' && names.some(({ name }) => name === 'sudo')),
  );
  const setsPath = editsSecurePath(stage);
  return [
    row('exec, CMD, RUN, sh -c', true, 'the engine sets ENV'),
    row(
      'login shell (bash -lc)',
      profile === false && login !== 'resets' ? (login === 'keeps' ? true : undefined) : profile,
      profile === false
        ? login === 'keeps'
          ? '/etc/profile adds to PATH here'
          : login === 'resets'
            ? '/etc/profile sets PATH anew'
            : 'what /etc/profile does to PATH is not known of this image'
        : anew,
    ),
    row('su USER', true, 'su keeps the environment'),
    row('su - USER', profile, anew),
    ...(hasSudo
      ? [
          row(
            'sudo',
            setsPath ? undefined : false,
            setsPath ? 'secure_path is set in the file' : 'secure_path takes the place of PATH',
          ),
          row('sudo -i', profile, anew),
        ]
      : []),
    row('cron, systemd, ssh', undefined, 'they know nothing of ENV: name programs by their paths'),
  ];
}
