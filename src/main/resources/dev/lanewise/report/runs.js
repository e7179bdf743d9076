/* What is known of a run. */
function seconds(s) {
  return s == null ? "-" : s < 100 ? three(s) + " s" : s < 6000 ? three(s / 60) + " min" : three(s / 3600) + " h";
}

/* Of a run: accuracy and its interval on images that it has not learned from, where anybody measured them. */
function outcome(run) {
  const result = run.run.result || {};
  const part = result.test_accuracy != null ? "test" : result.validation_accuracy != null ? "validation" : null;
  const last = run.epochs[run.epochs.length - 1] || {};
  return run.evaluation ? { part: run.evaluation.part, accuracy: run.evaluation.accuracy, bounds: run.evaluation.accuracy_95,
      loss: run.evaluation.loss, images: run.evaluation.images }
    : part ? { part, accuracy: result[part + "_accuracy"], bounds: result[part + "_accuracy_95"], loss: result[part + "_loss"] }
    : last.test_accuracy != null ? { part: "test", accuracy: last.test_accuracy }
    : last.validation_accuracy != null ? { part: "validation", accuracy: last.validation_accuracy } : null;
}

function trained(run) {
  const result = run.run.result || {};
  const last = run.epochs[run.epochs.length - 1];
  return { epochs: result.epochs ?? (last ? last.epoch : 0),
    seconds: result.train_seconds ?? run.epochs.reduce((sum, epoch) => sum + epoch.seconds, 0),
    parameters: (run.run.network || {}).parameters };
}

function interval(bounds) {
  return bounds && bounds.length === 2 ? (100 * bounds[0]).toFixed(2) + " to " + (100 * bounds[1]).toFixed(2) + " %" : "-";
}

/* Its network in words: by its name, else its layers. */
function networkOf(run) {
  const { config, network } = run.run;
  return (config || {}).net || ((network || {}).layers || []).map(l => l.layer).join(", ") || "-";
}
