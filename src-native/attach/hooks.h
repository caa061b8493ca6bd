#pragma once

#include <napi.h>

namespace ebpf {

/*
 * Each TCX attach or detach waits for a grace period, under a kernel lock that everything about interfaces needs
 * (RTNL). So they run on the thread pool, one after another: running them in parallel would not be faster.
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
