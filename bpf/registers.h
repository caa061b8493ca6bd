/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * The registers that a kprobe receives. A kernel has one of these structures, and the branches for the other are dead
 * code at load: so one object works on every architecture of its byte order. The macros of bpf_tracing.h choose at
 * compile time.
 *
 * The fields are read by a helper: the compiler may merge the loads of two branches into one with a computed pointer,
 * and the verifier rejects that for a context.
 */
#ifndef REGISTERS_H
#define REGISTERS_H

/* arch/x86/include/asm/ptrace.h */
struct pt_regs___x86 {
	unsigned long di;
	unsigned long ax;
	unsigned long sp;
} CORE;

/* arch/arm64/include/asm/ptrace.h */
struct pt_regs___arm64 {
	u64 regs[31];
	u64 sp;
} CORE;

static __always_inline bool is_x86(void)
{
	return bpf_core_field_exists(struct pt_regs___x86, di);
}

static __always_inline u64 first_argument(const void *ctx)
{
	if (is_x86())
		return BPF_CORE_READ((const struct pt_regs___x86 *)ctx, di);
	return BPF_CORE_READ((const struct pt_regs___arm64 *)ctx, regs[0]);
}

static __always_inline u64 return_value(const void *ctx)
{
	if (is_x86())
		return BPF_CORE_READ((const struct pt_regs___x86 *)ctx, ax);
	return BPF_CORE_READ((const struct pt_regs___arm64 *)ctx, regs[0]);
}

static __always_inline u64 stack_pointer(const void *ctx)
{
	if (is_x86())
		return BPF_CORE_READ((const struct pt_regs___x86 *)ctx, sp);
	return BPF_CORE_READ((const struct pt_regs___arm64 *)ctx, sp);
}

/* Before a function's first instruction, x86 has the return address on the stack, arm64 in a register. */
static __always_inline u64 return_address_size(void)
{
	return is_x86() ? 8 : 0;
}

#endif
