import * as tf from '@tensorflow/tfjs-core';
import { defineTask } from '../../src/tasks';

// A module that threads import to know a task.
defineTask({
  kind: 'own',
  loss: (outputs, targets) => tf.mean(tf.abs(tf.sub(outputs, targets))) as tf.Scalar,
  metrics: { largest: { better: 'lower', of: (outputs) => tf.max(outputs) as tf.Scalar } },
});
