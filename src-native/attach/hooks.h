#pragma once

#include <napi.h>

namespace ebpf {

/*
 * Attaching and detaching by TCX wait for a grace period each, under a lock of the kernel's that everything about interfaces needs:
 * on the thread pool, and one after the other, because nothing is faster side by side.
 */

// attachHook(program: number, options: NativeHookRequest): Promise<NativeHookAttachment>
Napi::Value attach_hook(const Napi::CallbackInfo& info);

// detachLinks(links: NativeLink[], patience: number): Promise<(Error | undefined)[]>
Napi::Value detach_links(const Napi::CallbackInfo& info);

// whichAttached(links: NativeLink[]): Promise<boolean[]>
Napi::Value which_attached(const Napi::CallbackInfo& info);

// interfacePackets(options: NativeInterface): Promise<NativeInterfacePackets | undefined>
Napi::Value interface_packets(const Napi::CallbackInfo& info);

// dumpInterfaces(options: NativeNetns): Promise<Uint8Array>
Napi::Value dump_interfaces(const Napi::CallbackInfo& info);

}  // namespace ebpf
