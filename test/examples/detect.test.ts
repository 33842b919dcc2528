import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detectObjects, detectorOf } from 'noisydarts/detection';
import { loadModel } from 'noisydarts/node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectPageCommand } from '../../examples/detect/command';
import { detectCommand } from '../../src/cli/detect/command';
import { serveFolder } from '../../src/cli/serve/static-server';
import { disposeWeights } from '../../src/layers/noisy-darts-layer';
import { chromiumNote, launchChromium, newPage } from '../support/chromium';
import { callExample } from './support';

const SIDE = 64;
let folder = '';
let runs = '';
let data = '';

/** A black picture with a white square. */
async function picture(path: string, left: number): Promise<void> {
  const square = await sharp({ create: { width: 24, height: 24, channels: 3, background: '#fff' } })
    .png()
    .toBuffer();
  const black = { width: SIDE, height: SIDE, channels: 3, background: '#000' } as const;
  await sharp({ create: black })
    .composite([{ input: square, left, top: 20 }])
    .png()
    .toFile(path);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'noisydarts-detect-'));
  [runs, data] = [join(folder, 'runs'), join(folder, 'data')];
  const places = [4, 12, 20, 28];
  for (const [part, within] of [
    ['train2017', 'annotations'],
    ['val2017', ''],
  ] as const) {
    await mkdir(join(data, part), { recursive: true });
    await mkdir(join(data, within), { recursive: true });
    const instances = {
      images: places.map((_, id) => ({ id, file_name: `${id}.png`, width: SIDE, height: SIDE })),
      categories: [{ id: 5, name: 'square' }],
      annotations: places.map((left, id) => ({
        id: id + 1,
        image_id: id,
        category_id: 5,
        bbox: [left, 20, 24, 24],
        area: 576,
      })),
    };
    await writeFile(join(data, within, `instances_${part}.json`), JSON.stringify(instances));
    for (const [id, left] of places.entries()) await picture(join(data, part, `${id}.png`), left);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const detect = (...args: string[]) => callExample(detectCommand().addCommand(detectPageCommand()), args);
const read = async (run: string, file: string) => String(await readFile(join(runs, run, file)));
/** Enough for scores far above the least that the page shows. */
const EPOCHS = 32;
const small = [
  ...['--backbone', 'small', '--width', '8', '--short', '64', '--long', '64', '--anchor-size', '3'],
  ...[
    '--anchor-scales',
    '1',
    '--method',
    'adam',
    '--learning-rate',
    '0.005',
    '--warmup',
    '1',
    '--batch',
    '2',
  ],
  ...['--no-flip', '--evaluate-every', `${EPOCHS}`],
];

describe('examples/detect.ts', () => {
  it('trains, goes on with a stopped run, tests, and finds the same in a page', {
    timeout: 120_000,
  }, async () => {
    const train = (...args: string[]) => detect('train', '--data', data, '--runs', runs, ...small, ...args);
    const dry = await train('--epochs', `${EPOCHS}`, '--dry-run', '--json');
    expect(JSON.parse(dry.stdout), dry.stderr).toMatchObject({
      steps: 2 * EPOCHS,
      settings: { frozenNorms: false },
    });
    expect(existsSync(join(runs, 'detect'))).toBe(false);

    const timer = setInterval(() => {
      if (existsSync(join(runs, 'detect', 'history.json'))) process.emit('SIGINT');
    }, 5);
    const stopped = await train('--epochs', `${EPOCHS}`).finally(() => clearInterval(timer));
    expect(stopped.stderr).toContain('Go on with: npx noisydarts detect train --resume detect');
    expect(stopped.status).toBe(130);
    const { status, stdout, stderr } = await detect('train', '--runs', runs, '--resume');
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining('4 training and 4 other pictures, 1 classes'),
    ]);
    expect(stderr).not.toContain('epoch  1/');
    expect(stdout).toMatch(/^AP [\d.]+ % \(AP50 [\d.]+ %\) on instances_val2017\nReport: .*report\.html\n$/);
    const history = JSON.parse(await read('detect', 'history.json'));
    expect(history.map(({ figures }: { figures: object }) => figures !== null)).toEqual(
      Array.from({ length: EPOCHS }, (_, epoch) => epoch === EPOCHS - 1),
    );
    const report = await read('detect', 'report.html');
    expect(report.match(/<image href="data:image\/jpeg;base64,/g)).toHaveLength(4);
    expect(report.match(/<g class="real"><rect x="\d+" y="20" width="24" height="24">/g)).toHaveLength(4);
    expect(report).toContain('Average precision, %');
    expect(await read('detect', 'standard/model.json')).not.toContain('NoisyDarts');

    const out = join(runs, 'found.json');
    const run = join(runs, 'detect');
    const tested = await detect('test', run, '--json', '--out', out, '--score', '0');
    expect(tested.status, tested.stderr).toBe(0);
    const found = JSON.parse(await readFile(out, 'utf8'));
    expect(found[0]).toMatchObject({ image_id: 0, category_id: 5, score: expect.any(Number) });
    const { pictures, figures } = JSON.parse(tested.stdout);
    expect([pictures, Object.keys(figures)]).toEqual([4, expect.arrayContaining(['AP', 'AP50', 'AR100'])]);
    const told = await detect('test', run, '--part', 'train', '--limit', '2');
    expect(told.stdout).toMatch(/^instances_train2017, 2 pictures, percent\nAP +[\d.]+\nAP50 /);

    const built = await detect('page', run, '--build-only');
    expect([built.status, built.stdout], built.stderr).toEqual([0, `Page: ${join(run, 'site')}\n`]);
    if (chromiumNote !== '') return;
    const { model } = await loadModel(join(run, 'model'));
    const [expected] = await detectObjects(detectorOf(model), [
      {
        width: SIDE,
        height: SIDE,
        pixels: await sharp(join(data, 'val2017', '1.png'))
          .removeAlpha()
          .raw()
          .toBuffer(),
      },
    ]);
    disposeWeights(model);
    expect(expected!.length).toBeGreaterThan(0);
    const server = await serveFolder(join(run, 'site'), { port: 0, host: '127.0.0.1' });
    const browser = await launchChromium();
    try {
      const { page, faults } = await newPage(browser, {});
      await page.goto(server.url);
      await page.getByText(/^Ready: a detector of/).waitFor();
      await page.setInputFiles('#file', join(data, 'val2017', '1.png'));
      await page.getByText(/^Looked for .* at 64 by 64 pixels/).waitFor();
      await page.fill('#score', '0.05');
      const names = expected!.map(({ score }) => `square ${score.toFixed(2)}`);
      expect(await page.locator('#found li').allTextContents()).toEqual(names);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
      await server.close();
    }
  });

  it.each([
    ['train', [], '--data: a folder of pictures with boxes is needed, got none'],
    ['train', ['--data', 'nowhere'], "--data: 'nowhere' holds no instances_train*.json"],
    ['train', ['--data', '.', '--backbone', 'x'], "--data: '.' holds no instances_train*.json"],
    ['train', ['--method', 'lbfgs'], 'Allowed choices are sgd, adam.'],
    ['train', ['--resume', '--runs', 'nowhere'], "has a detector's checkpoint; start one first"],
    ['test', ['nowhere'], "'nowhere' holds no detector, got no model/model.json"],
    ['test', [], "missing required argument 'folder'"],
    ['page', ['nowhere'], "'nowhere' holds no detector"],
    ['nope', [], "unknown command 'nope'"],
  ] as const)('refuses %s %j', async (name, args, message) => {
    const { status, stdout, stderr } = await detect(name, ...args);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect([status, stdout]).toEqual([2, '']);
  });

  it('refuses a backbone that is none', async () => {
    const { status, stderr } = await detect('train', '--data', data, '--runs', runs, '--backbone', 'resnet');
    expect([status, stderr]).toEqual([2, expect.stringContaining("--backbone: 'resnet' cannot be read")]);
  });
});
