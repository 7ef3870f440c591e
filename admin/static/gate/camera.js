// The camera and its decoder. Pictures stay on this telephone and are not kept.

const PAUSE_MS = 90;
const LONGEST_SIDE = 800;
const LONGEST_PHOTO_SIDE = 2000;
const WHOLE_PHOTO_SIDE = 4096;

export class Decoder {
  #worker;
  #waiting = new Map();
  #next = 1;

  constructor(address) {
    this.#worker = new Worker(address);
    this.#worker.onmessage = ({ data }) => {
      this.#waiting.get(data.id)?.(data.text);
      this.#waiting.delete(data.id);
    };
  }

  /** The text of the QR code in this picture, or null. */
  read(picture) {
    const id = this.#next++;
    return new Promise((done) => {
      this.#waiting.set(id, done);
      this.#worker.postMessage({ id, picture }, [picture.data.buffer]);
    });
  }

  /** The same of a photograph: smaller first, which suffices for most; as it is, for a code that is far away. */
  async readPhoto(file) {
    const bitmap = await createImageBitmap(file);
    for (const side of [LONGEST_PHOTO_SIDE, LONGEST_SIDE, WHOLE_PHOTO_SIDE]) {
      const text = await this.read(draw(bitmap, bitmap.width, bitmap.height, side));
      if (text !== null) return text;
    }
    return null;
  }
}

export class Camera {
  #video;
  #decoder;
  #seen;
  #stream = null;
  paused = false;

  constructor(video, decoder, seen) {
    this.#video = video;
    this.#decoder = decoder;
    this.#seen = seen;
  }

  get runs() {
    return this.#stream !== null;
  }

  /** Throws what `getUserMedia` does; its `name` says why. */
  async start() {
    const ideal = { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } };
    this.#stream = await navigator.mediaDevices.getUserMedia({ video: ideal, audio: false });
    this.#video.srcObject = this.#stream;
    await this.#video.play();
    this.#watch();
  }

  stop() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = this.#video.srcObject = null;
  }

  get hasTorch() {
    return Boolean(this.#track?.getCapabilities?.().torch);
  }

  light(on) {
    return this.#track.applyConstraints({ advanced: [{ torch: on }] });
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  async #watch() {
    const stream = this.#stream;
    while (this.#stream === stream && stream.active) {
      if (!this.paused && !document.hidden && this.#video.videoWidth) {
        const { videoWidth, videoHeight } = this.#video;
        const text = await this.#decoder.read(draw(this.#video, videoWidth, videoHeight, LONGEST_SIDE));
        if (text !== null && !this.paused) this.#seen(text);
      }
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}

let canvas;

function draw(source, width, height, longest) {
  const scale = Math.min(1, longest / Math.max(width, height));
  canvas ??= document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
