export { disableWebGPUTraining, enableWebGPUTraining } from './enable';
