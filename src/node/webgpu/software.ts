import { existsSync } from 'node:fs';

const SWIFTSHADER = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
  '/usr/lib64/chromium-browser/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
];

/** The Vulkan driver in software that comes with an installed Chromium; undefined if there is none. */
export const swiftShader = (): string | undefined => SWIFTSHADER.find((path) => existsSync(path));
