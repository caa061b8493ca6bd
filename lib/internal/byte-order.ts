/** Whether the machine is little endian; the kernel's structures have the machine's byte order. */
export const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
