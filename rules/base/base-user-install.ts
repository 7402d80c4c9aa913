import { defineRule, weighed } from '../../src/engine/rule.ts';
import { migrationOf } from '../../src/migrate/migration.ts';
import { isKept } from '../../src/python/facts.ts';
import type { Install, ToolSetting } from '../../src/python/model.ts';
import { isOn, settingPlace } from '../../src/python/settings.ts';

export default defineRule({
  *dockerfile(file) {
    const final = file.final?.end.user;
    for (const pythonStage of file.python.stages) {
      if (!isKept(pythonStage)) continue;
      const seen = new Set<number>();
      for (const install of pythonStage.installs) {
        const { tool, action, target, command, call } = install;
        if (tool !== 'pip' || action !== 'install' || target.kind !== 'base') continue;
        const setting = userSetting(install);
        const place = setting && settingPlace(setting);
        if (place === undefined || seen.has(place.range.start) || isStopped(install)) continue;
        if ((call.variable('PYTHONUSERBASE')?.value.text ?? '') !== '') continue;
        seen.add(place.range.start);
        const data = { option: place.text, user: final?.text ?? '' };
        const fix = () => migrationOf(file, pythonStage);
        const isOther = final?.known === true && call.user?.known === true && isOtherUser(final.text, call.user.text);
        yield isOther
          ? { at: place.range, data, severity: weighed('warning', pythonStage.stage, command), fix }
          : { at: place.range, data, message: 'same-user', severity: 'info', fix };
      }
    }
  },
  *image(image) {
    const { user } = image;
    const seen = new Set<string>();
    for (const { site, installer, environment, layer } of image.distributions) {
      const home = /^(.*)\/\.local\/lib\/python\d\.\d+\/site-packages$/.exec(site)?.[1];
      if (
        home === undefined ||
        environment !== undefined ||
        installer !== 'pip' ||
        !image.isOwn(layer) ||
        seen.has(site)
      )
        continue;
      seen.add(site);
      const own = image.variable('HOME') ?? user?.home;
      if (user === undefined || own === home || image.variable('PYTHONUSERBASE') === `${home}/.local`) continue;
      yield { path: site, layer, data: { path: site, user: image.config?.user || 'root' }, message: 'image' };
    }
  },
});

/** `--user`, PIP_USER, or PIP_NO_USER, which pip reads the wrong way round (pip documentation, Boolean options). */
function userSetting(install: Install): ToolSetting | undefined {
  const user = install.setting('user');
  if (isOn(user)) return user;
  const inverted = install.setting('no-user');
  return inverted?.origin.kind !== 'option' && isOn(inverted) ? inverted : undefined;
}

/** A marked Python refuses it all the same: base-pip-install. */
function isStopped({ target, isMarkerGone, setting }: Install): boolean {
  const isMarked = target.kind === 'base' && target.interpreter.marker === 'yes';
  return isMarked && !isMarkerGone && !isOn(setting('break-system-packages'));
}

/** A name and a number may mean the same user: then nobody can tell. */
function isOtherUser(a: string, b: string): boolean {
  const [first, second] = [a, b].map((user) =>
    /^(?:root|0)?(?::|$)/.test(user) ? 'root' : (user.split(':')[0] ?? ''),
  );
  if (first === second) return false;
  return first === 'root' || second === 'root' || /^\d+$/.test(first ?? '') === /^\d+$/.test(second ?? '');
}
