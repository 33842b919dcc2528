import { RATE } from '../features';

/** Milliseconds that the microphone listens. */
export const LISTENING = 1600;

/** The samples of an audio file of any kind that the browser knows, {@link RATE} a second, one channel. */
export async function decode(bytes: ArrayBuffer): Promise<Float32Array> {
  // An offline context decodes to its own rate, and needs no permission to sound.
  const { numberOfChannels, duration, ...sound } = await new OfflineAudioContext(1, 1, RATE)
    .decodeAudioData(bytes)
    .then((buffer) => ({
      numberOfChannels: buffer.numberOfChannels,
      duration: buffer.duration,
      buffer,
    }));
  if (numberOfChannels === 1) return sound.buffer.getChannelData(0);
  const mixing = new OfflineAudioContext(1, Math.max(1, Math.ceil(duration * RATE)), RATE);
  const source = mixing.createBufferSource();
  source.buffer = sound.buffer;
  source.connect(mixing.destination);
  source.start();
  return (await mixing.startRendering()).getChannelData(0);
}

/** What the microphone hears in {@link LISTENING} milliseconds. */
export async function listen(): Promise<Float32Array> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  try {
    const recorder = new MediaRecorder(stream);
    const parts: Blob[] = [];
    recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
    const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve, { once: true }));
    recorder.start();
    setTimeout(() => recorder.stop(), LISTENING);
    await stopped;
    return await decode(await new Blob(parts, { type: recorder.mimeType }).arrayBuffer());
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}
