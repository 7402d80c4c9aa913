import { defineRule } from '../../src/engine/rule.ts';
import { wayOf } from '../../src/image/words.ts';
import type { Call } from '../../src/python/call.ts';
import { editsSecurePath, writesProfile } from '../../src/python/profiles.ts';
import { environmentOnPath } from '../../src/python/search.ts';
import type { ShellWord } from '../../src/shell/script.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      // A file in profile.d is what these shells read; secure_path alone is set anew by /etc/profile.
      if (writesProfile(pythonStage) && editsSecurePath(pythonStage)) continue;
      for (const call of pythonStage.calls) {
        const word = loginWord(call);
        const environment = word && environmentOnPath(call.step.lookup('PATH'), pythonStage.known);
        if (word !== undefined && environment !== undefined)
          yield { at: word.range, data: { venv: environment.path.text }, severity: 'info' };
      }
    }
  },
  *image(image) {
    const venv = wayOf(image, 'exec')?.python3?.environment;
    const [sudo, login] = [wayOf(image, 'sudo'), wayOf(image, 'sudo-login')];
    if (venv === undefined || !image.isOwn(venv.layer) || sudo?.path === undefined || login?.path === undefined) return;
    // One of the two ways was mended, the other was not.
    const isMended = sudo.python3?.environment === venv;
    if (isMended === (login.python3?.environment === venv)) return;
    yield { data: { venv: venv.path }, message: isMended ? 'image-login' : 'image-plain', severity: 'info' };
  },
});

/** `sudo -i`, `sudo --login`, `sudo su -`. */
function loginWord({ command, words, program }: Call): ShellWord | undefined {
  const isLogin = (word: ShellWord) => /^(?:-[a-zA-Z]*i[a-zA-Z]*|--login)$/.test(word.value);
  const wrapper = command.wrappers.find(({ name }) => name === 'sudo');
  const option = wrapper?.options.find(isLogin);
  if (option !== undefined) return option;
  // sudo with no command after it is not looked through.
  if (program === 'sudo') return words.slice(1).find(isLogin);
  if (wrapper === undefined || program !== 'su') return undefined;
  return words.find((word) => /^(?:-|-l|--login)$/.test(word.value));
}
