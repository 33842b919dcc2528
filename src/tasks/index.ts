export { type Classification, type ClassificationOptions, classification } from './classification';
export { defineTask } from './define-task';
export type { Meeting } from './matching';
export type { Metric, MetricInfo } from './metrics';
export { type MultiLabel, type MultiLabelOptions, multiLabel } from './multi-label';
export { type Regression, type RegressionOptions, regression } from './regression';
export type { OutputActivation, TaskBatch, TaskDefinition, TaskSettings } from './task';
