import { chainOf } from './facts.ts';
import type { PythonStage } from './model.ts';

/** What a login shell reads, and what sets its environment before it. */
const PROFILE =
  /^\/etc\/(?:profile(?:\.d(?:\/.*)?)?|environment|bash\.bashrc)$|\/\.(?:bash_)?(?:profile|login)$|\/\.zprofile$/;

/** Whether something in the stage writes to a profile, so that login shells may keep an environment. */
export function writesProfile(stage: PythonStage): boolean {
  return chainOf(stage).some(
    ({ writes, calls }) =>
      writes.some(({ path }) => PROFILE.test(path.text)) ||
      calls.some(
        ({ program, words }) =>
          /^(?:cp|mv|ln|install)$/.test(program) &&
          words.slice(2).some((word) => PROFILE.test(word.value.replace(/\/$/, ''))),
      ),
  );
}

/** Whether a profile that the stage writes names an environment; undefined where its text is not known. */
export function activatesInProfile(stage: PythonStage, environment: string): boolean | undefined {
  const texts = chainOf(stage).flatMap(({ writes }) =>
    writes.filter(({ path }) => PROFILE.test(path.text)).map(({ lines }) => lines.map(({ text }) => text).join('\n')),
  );
  if (texts.some((text) => text.includes(environment))) return true;
  // Copied, or written by a program.
  return texts.includes('') || (writesProfile(stage) && texts.length === 0) ? undefined : false;
}

/** Whether something in the stage sets, or may set, sudo's secure_path. */
export function editsSecurePath(stage: PythonStage): boolean {
  return chainOf(stage).some(
    ({ writes, calls }) =>
      writes.some(
        ({ path, lines, call }) =>
          /^\/etc\/sudoers/.test(path.text) &&
          (call === undefined || lines.length === 0 || lines.some(({ text }) => /secure_path/.test(text))),
      ) || calls.some(({ words }) => words.some((word) => /secure_path/.test(word.value))),
  );
}
