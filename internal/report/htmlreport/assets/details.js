// Reads the details of findings, among them their raw events, from compressed blocks when they are needed.
import { blocks } from "./data.js";

// The texts of the blocks that were read last.
const unpacked = new Map();
const maxUnpacked = 8;

function unpack(number) {
  const have = unpacked.get(number);
  if (have) return have;
  const reading = read(number);
  if (unpacked.size >= maxUnpacked) unpacked.delete(unpacked.keys().next().value);
  unpacked.set(number, reading);
  return reading;
}

async function read(number) {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("this browser is too old to unpack raw events; --format jsonl has them as text");
  }
  const packed = atob(document.getElementById("block-" + number).textContent);
  const bytes = Uint8Array.from(packed, (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).text()).split("\n");
}

// detail returns what an opened finding shows besides its row.
export async function detail(i) {
  let number = blocks.length - 1;
  while (blocks[number] > i) number--;
  const lines = await unpack(number);
  return JSON.parse(lines[i - blocks[number]]);
}
