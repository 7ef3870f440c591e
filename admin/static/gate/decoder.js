// Reads QR codes, away from the page: the only place where WebAssembly may be compiled.
importScripts("./zxing.js");

const { prepareZXingModule, readBarcodes } = self.ZXingWASM;
prepareZXingModule({ overrides: { locateFile: (name) => new URL(name, self.location.href).href } });
const OPTIONS = { formats: ["QRCode"], maxNumberOfSymbols: 1, tryHarder: true, tryDownscale: true };

self.onmessage = async ({ data: { id, picture } }) => {
  try {
    const [found] = await readBarcodes(picture, OPTIONS);
    self.postMessage({ id, text: found?.isValid ? found.text : null });
  } catch (fault) {
    self.postMessage({ id, text: null, fault: String(fault) });
  }
};
