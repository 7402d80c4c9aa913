import { insertLines } from '../../src/dockerfile/edit.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';
import { chainOf } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { hasPython } from '../../src/python/purpose.ts';
import { createdUsers, userStepOf } from '../../src/python/users.ts';

export default defineRule({
  *dockerfile(file) {
    const final = file.python.final;
    const user = final?.stage.end.user;
    if (final?.base === undefined || user?.known !== true || !hasPython(final)) return;
    const uid = user.text.split(':')[0] ?? '';
    if (!/^\d{4,}$/.test(uid) || uid === '65534' || hasEntry(uid, final)) return;
    // Certainly unset: no ENV here, and the image below is known to set none.
    if (final.stage.environment.get('HOME') !== undefined) return;
    const step = userStepOf(final);
    const argument = step?.instruction.args[0];
    if (step === undefined || argument === undefined) return;
    const { workdir } = step.state;
    yield {
      at: argument.range,
      data: { user: user.text },
      fix:
        workdir.known && workdir.text !== '/'
          ? fixOf('unsafe', `Set HOME to ${workdir.text}`, [
              insertLines(file, step.instruction, 'before', [`ENV HOME=${workdir.text}`]),
            ])
          : undefined,
    };
  },
  *image(image) {
    const { user, config } = image;
    const isPython = image.python.interpreters.length > 0;
    if (user === undefined || config === undefined || user.name !== undefined || !isPython) return;
    if (user.uid < 1000 || user.uid === 65534 || image.variable('HOME') !== undefined) return;
    // Where the working directory is the user's, what is written mostly goes there.
    const isAtHome = image.files.access(config.workdir, 'write', user).isAllowed;
    yield { data: { user: config.user }, confidence: isAtHome ? 'low' : undefined };
  },
});

/** Somebody with that number stands in /etc/passwd: made here, or by the image (Ubuntu's `ubuntu` since 23.04). */
function hasEntry(uid: string, final: PythonStage): boolean {
  const { name, release } = final.base?.distribution ?? {};
  if (uid === '1000' && name === 'ubuntu' && (release === undefined || release >= 7)) return true;
  const created = createdUsers(final);
  // Without a number useradd takes the next free one, from 1000 on.
  if (created.some((user) => user.uid === uid || (user.uid === undefined && Number(uid) < 1000 + created.length)))
    return true;
  return chainOf(final).some(
    ({ writes, opaque }) => opaque.length > 0 || writes.some(({ path }) => /^\/etc(?:\/passwd)?$/.test(path.text)),
  );
}
