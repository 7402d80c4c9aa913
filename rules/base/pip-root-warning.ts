import { insertLines } from '../../src/dockerfile/edit.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, fixOf, type Report, weighed } from '../../src/engine/rule.ts';
import { chainOf, changesPackages } from '../../src/python/facts.ts';
import type { Install, PythonStage } from '../../src/python/model.ts';
import { isOn, settingPlace } from '../../src/python/settings.ts';
import { ENVIRONMENT_TOOLS } from '../../src/python/tools.ts';

const NO_SUCH_VARIABLE = 'PIP_NO_WARN_ABOUT_ROOT_USER';

export default defineRule({
  *dockerfile(file) {
    const warned = new Set<PythonStage>();
    for (const pythonStage of file.python.stages) {
      for (const { name, pair, by } of pythonStage.settings)
        if (name === NO_SUCH_VARIABLE)
          yield {
            at: pair.range,
            message: 'no-effect',
            severity: 'warning',
            confidence: 'high',
            fix:
              by === 'ENV'
                ? fixOf('safe', 'Set the variable that pip reads', [
                    { range: pair.range, text: 'PIP_ROOT_USER_ACTION=ignore' },
                  ])
                : undefined,
          };
      const seen = new Set<number>();
      for (const install of pythonStage.installs) {
        if (install.tool !== 'pip' || !changesPackages(install)) continue;
        const hidden = hiddenReport(install, pythonStage);
        if (hidden !== undefined && !seen.has(hidden.at.start)) {
          seen.add(hidden.at.start);
          yield hidden;
        }
        // One ENV serves the stage and all that are built FROM it.
        if (
          !warns(install) ||
          servesEnvironment(install, pythonStage) ||
          chainOf(pythonStage).some((above) => warned.has(above))
        )
          continue;
        warned.add(pythonStage);
        yield { at: install.range, fix: silence(file, install) };
      }
    }
  },
});

/** The warning is switched off where it says something: an install that overrides a marked Python. */
function hiddenReport(install: Install, { stage }: PythonStage): Report | undefined {
  const { target, command, isMarkerGone, setting } = install;
  if (target.kind !== 'base' || target.interpreter.marker !== 'yes') return undefined;
  if (!isMarkerGone && !isOn(setting('break-system-packages'))) return undefined;
  const action = setting('root-user-action');
  const place = action?.value === 'ignore' ? settingPlace(action) : undefined;
  return (
    place && {
      at: place.range,
      data: { option: place.text },
      message: 'hides',
      severity: weighed('warning', stage, command),
      confidence: 'high',
    }
  );
}

/** pip warns as root outside of environments (pip, misc.py). */
function warns({ target, call, setting, step }: Install): boolean {
  if (target.kind !== 'base' || target.interpreter.kind !== 'official' || step.onbuild) return false;
  return (
    call.isRoot === true && setting('root-user-action') === undefined && call.variable(NO_SUCH_VARIABLE) === undefined
  );
}

/** Beside an environment the base holds tools alone: that is no matter of its own. */
function servesEnvironment({ installsOnly }: Install, { known }: PythonStage): boolean {
  return known.length > 0 && installsOnly(ENVIRONMENT_TOOLS);
}

function silence(file: DockerfileModel, { step }: Install): Report['fix'] {
  return fixOf('safe', 'Set PIP_ROOT_USER_ACTION', [
    insertLines(file, step.instruction, 'before', ['ENV PIP_ROOT_USER_ACTION=ignore']),
  ]);
}
