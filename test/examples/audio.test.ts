import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { centred, logMel, RATE, SHAPE } from '../../examples/audio/features';
import { decodeWav, readSpokenDigits, shipped } from '../../examples/audio/recordings';
import { serveFolder } from '../../src/cli/serve/static-server';
import { chromiumNote, launchChromium, newPage } from '../support/chromium';
import { runExample } from './support';

let runs = '';
beforeAll(async () => {
  runs = await mkdtemp(join(tmpdir(), 'noisydarts-audio-'));
});
afterAll(() => rm(runs, { recursive: true, force: true }));

const tone = (hertz: number, samples: number, loudness = 1) =>
  Float64Array.from({ length: samples }, (_, i) => loudness * Math.sin((2 * Math.PI * hertz * i) / RATE));

describe('logMel', () => {
  const [frames, bands] = SHAPE;
  const loudest = (spectrum: Float32Array) => {
    const middle = spectrum.subarray((frames / 2) * bands, (frames / 2 + 1) * bands);
    return middle.indexOf(Math.max(...middle));
  };

  it('hears a tone in its band, the higher the further up, however loud', () => {
    const places = [150, 400, 1000, 2000, 3500].map((hertz) => loudest(logMel(tone(hertz, 6000))));
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(new Set(places).size).toBe(places.length);
    const [soft, loud] = [0.01, 1].map((loudness) => logMel(tone(700, 6000, loudness)));
    soft!.forEach((value, i) => {
      expect(value).toBeCloseTo(loud![i]!, 3);
    });
  });

  it('has mean 0 and deviation 1, also of silence', () => {
    const spectrum = logMel(tone(700, 3000));
    const mean = spectrum.reduce((sum, value) => sum + value) / spectrum.length;
    expect(mean).toBeCloseTo(0, 5);
    expect(spectrum.reduce((sum, value) => sum + value ** 2, 0) / spectrum.length).toBeCloseTo(1, 4);
    expect(Math.max(...logMel(new Float64Array(100)))).toBeCloseTo(0, 5);
    expect(logMel([])).toHaveLength(frames * bands);
  });

  it('puts the speech in the middle, whatever silence is around it', () => {
    const speech = tone(500, 2400);
    const late = new Float64Array(9000);
    late.set(speech, 6000);
    expect([...centred(late)]).toEqual([...centred(speech)]);
    expect(centred(tone(500, 20_000)).every((value, i) => i % 16 === 0 || value !== 0)).toBe(true);
  });
});

describe('readSpokenDigits', () => {
  it('reads the recordings of the examples', async () => {
    const { train, recordings, speaker } = await readSpokenDigits(shipped);
    expect([train.size, recordings, speaker?.size]).toEqual([30, undefined, 10]);
    expect(train).toMatchObject({ shape: [64, 32], classes: 10 });
    const { y } = (await speaker!.read([0, 3, 9])) as { y: Int32Array };
    expect([...y]).toEqual([0, 3, 9]);
  });

  it('refuses what is none', async () => {
    expect(() => decodeWav('a.wav', new Uint8Array(100))).toThrow("--data: 'a.wav' is no WAV file, got ");
    await writeFile(join(runs, 'notes.txt'), 'nothing');
    await expect(readSpokenDigits(runs)).rejects.toThrow('holds no recordings to train on');
    await expect(readSpokenDigits(join(runs, 'none'))).rejects.toThrow('cannot be read');
  });
});

describe(`examples/audio.ts, and its page${chromiumNote}`, () => {
  const small = ['--search-channels', '2', '--channels', '4', '--search-epochs', '1', '--batch', '15'];

  it('is stopped, goes on, and names recordings in a page', { timeout: 120_000 }, async () => {
    const args = ['--runs', runs, '--build-only'];
    const begun = ['--name', 'spoken', ...small, '--epochs', '3'];
    const stopped = await runExample('audio.ts', [...args, ...begun], 'epoch 1/3');
    expect(stopped.status, stopped.stderr).toBe(130);
    expect(stopped.stderr).toContain('Go on with: npm run audio -- --resume spoken');
    const { status, stdout, stderr } = await runExample('audio.ts', [...args, '--resume', 'spoken']);
    expect(status, stderr).toBe(0);
    expect(stderr).not.toContain('epoch 1/1');
    expect(stdout).toMatch(/Test accuracy on 10 a speaker not heard: \d+\.\d\d %/);
    const site = join(runs, 'spoken', 'site');
    expect(await readFile(join(site, 'model.json'), 'utf8')).not.toContain('NoisyDarts');
    if (chromiumNote !== '') return;

    const server = await serveFolder(site, { port: 0, host: '127.0.0.1' });
    const browser = await launchChromium();
    try {
      const { page, faults } = await newPage(browser, {});
      await page.goto(server.url);
      await page.getByRole('button', { name: '7', exact: true }).click();
      await page.getByText(/^Answered in/).waitFor();
      expect(await page.locator('#digit').textContent()).toMatch(/^\d$/);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
      await server.close();
    }
  });

  it('refuses a run that is none', async () => {
    const { status, stderr } = await runExample('audio.ts', ['--runs', runs, '--resume', 'nope']);
    expect(stderr).toContain("settings.json' cannot be read");
    expect(status).toBe(2);
  });
});
