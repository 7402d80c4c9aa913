import { defineRule } from '../../src/engine/rule.ts';
import type { Call } from '../../src/python/call.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { startCalls } from '../../src/python/starts.ts';
import { finalUser, isRoot, userStepOf } from '../../src/python/users.ts';

/** Programs that a container which starts as root becomes another user with. */
const STEP_DOWN = /^(?:gosu|su-exec|setpriv|runuser|s6-setuidgid|chpst|supervisord|cron|crond|init|systemd)$/;

export default defineRule<{ missing: boolean }>({
  *dockerfile(file, { missing }) {
    const final = file.python.final;
    const user = finalUser(final);
    if (final === undefined || user === undefined || !isRoot(user)) return;
    if (stepsDown(final)) return;
    const step = userStepOf(final);
    const [argument] = step?.instruction.args ?? [];
    if (argument !== undefined)
      yield {
        at: argument.range,
        data: { user: argument.text },
        message: 'named',
        // What a base image starts may step down; where nothing is started there is nothing to break into.
        confidence: startCalls(final).length === 0 ? 'low' : undefined,
      };
    // An image that nothing starts in is there to be built upon, or for its files.
    else if (missing && startCalls(final).some((call) => !isBare(call)))
      yield { at: final.stage.from.name.range, message: 'no-user', severity: 'info' };
  },
  *image({ config, user }) {
    if (config === undefined || user === undefined || user.uid !== 0) return;
    yield { data: { user: config.user }, message: config.user === '' ? undefined : 'named' };
  },
});

/** What is installed for it, or what the container starts, may well go on as somebody else. */
function stepsDown(stage: PythonStage): boolean {
  const mentions = stage.calls.some((call) =>
    call.words.some(({ value }) => STEP_DOWN.test(value.slice(value.lastIndexOf('/') + 1))),
  );
  return mentions || startCalls(stage).some(becomesAnother);
}

/** A script may well, and `su USER` does. What such a program is called tells, wherever it is. */
function becomesAnother({ command, words }: Call): boolean {
  if (
    /\.(?:ba)?sh$|entrypoint|(?:^|[/_-])(?:supervisord|start(?:up)?|init|run|boot)(?:$|[._-])/.test(
      words[0]?.value ?? '',
    )
  )
    return true;
  // Servers whose workers are other users by the configuration they come with.
  if (
    /^(?:su|start-stop-daemon|capsh|nginx|httpd|apache2(?:ctl)?|(?:apache2|httpd)-foreground|php-fpm[\d.]*|sshd)$/.test(
      command.program,
    )
  )
    return true;
  return command.wrappers.some(({ name, user }) => name === 'sudo' && user !== undefined);
}

/** A shell or an interpreter alone: somebody's tool, not a service. */
function isBare({ words }: Call): boolean {
  return (
    words.length === 1 && /^(?:\/\S*\/)?(?:bash|sh|zsh|ash|python[\d.]*|ipython|node|irb)$/.test(words[0]?.value ?? '')
  );
}
