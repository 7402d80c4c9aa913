import { defineRule, weighed } from '../../src/engine/rule.ts';
import { migrationOf } from '../../src/migrate/migration.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const { stage, markerSites } = pythonStage;
      for (const { effect, path, range, command, interpreter, isNeedless } of markerSites) {
        if (isNeedless || interpreter.marker === 'no') continue;
        const report = {
          at: range,
          data: { path },
          confidence: interpreter.marker === 'yes' ? undefined : ('medium' as const),
          fix: () => migrationOf(file, pythonStage),
        };
        if (effect !== 'removed') yield { ...report, message: effect, severity: 'info' };
        else if (stage.role === 'unused') yield { ...report, message: 'unused-stage', severity: 'info' };
        else if (stage.role === 'copied') yield { ...report, message: 'builder', severity: 'info' };
        else yield { ...report, severity: weighed('warning', stage, command) };
      }
    }
  },
  isDecisive: true,
  *image(image) {
    for (const { path, kind, marker } of image.python.interpreters) {
      if (marker.state !== 'removed' || marker.changedBy === undefined) continue;
      const isOwn = image.isOwn(marker.changedBy);
      yield {
        path: marker.path,
        layer: marker.changedBy,
        data: { path: marker.path, python: path, package: marker.owner ?? kind },
        message: isOwn ? 'image' : 'image-base',
        severity: isOwn ? undefined : 'info',
      };
    }
  },
});
