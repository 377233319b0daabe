/*
 * Differential test: what is left out, and why
 *
 * Copyright 2026 the winehvplatform authors
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin St, Fifth Floor, Boston, MA 02110-1301, USA
 */


#include <stdio.h>
#include <string.h>

#include "forms.h"
#include "host/array.h"
#include "host/x86.h"
#include "insn/insn.h"

#define USER (1u << MODE_USER64)

/* Cases that are not executed. */
static const struct
{
    const char *name;           /* beginning of the form's name */
    UINT32      flags;          /* one of these is the form's; 0: whatever it has */
    UINT32      modes;          /* bits; 0: all */
    const char *reason;
} unusable[] =
{
    { "", F_IN | F_OUT, USER, "ports in ring 3 need IOPL 3, which a KVM that executes ring 3 natively does not keep; "
                              "and to the exit for a port the ring makes no difference" },
    { "lmsw", 0, USER, "LMSW in ring 3: the host's on the software KVM" },
    { "popf", 0, USER, "POPF in ring 3: the software KVM shows its own IF" },
};

/* Is there this byte among the prefixes? 0x40: a REX with these bits. */
static BOOL has_prefix( const struct test *test, UINT8 prefix, UINT8 mask )
{
    UINT32 i;

    for (i = 0; i < test->length; i++)
    {
        if ((test->bytes[i] & mask) == prefix) return 1;
        if (!memchr( "\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3", test->bytes[i], 11 )) return 0;
    }
    return 0;
}

static BOOL writes_by_cs( const struct test *test )
{
    return test->mode > MODE_REAL16 && test->mode < MODE_LONG64 && has_prefix( test, 0x2e, 0xff ) &&
           test->form->flags & F_WRITE;
}

static BOOL stores_wide_selector( const struct test *test )
{
    return test->mode >= MODE_LONG64 &&
           ((!test->form->map && test->form->opcode == 0x8c) || (test->form->map == 1 && test->form->opcode < 2)) &&
           has_prefix( test, 0x48, 0xf8 );
}

UINT64 form_kept_bits( const struct test *test, UINT32 reg )
{
    if (test->form->flags & F_LEAVE && reg == RSP) return 0;
    if (test->mode >= MODE_LONG64 &&
        (!strncmp( test->form->name, "xchg", 4 ) || !strncmp( test->form->name, "xadd", 4 ))) return 0xffffffff;
    return test->mode >= MODE_LONG64 && test->form->flags & (F_SOURCE | F_DEST) && has_prefix( test, 0x67, 0xff ) &&
           (reg == RCX || reg == RSI || reg == RDI) ? 0xffffffff : ~0ull;
}

static BOOL is_rep_input( const struct test *test )
{
    return (test->form->flags & (F_IN | F_DEST)) == (F_IN | F_DEST) && test->rflags & FLAG_DF && !test->on_memory &&
           (has_prefix( test, 0xf3, 0xff ) || has_prefix( test, 0xf2, 0xff ));
}

static BOOL is_halved( const struct test *test )
{
    return test->halved &&
           (has_prefix( test, 0x66, 0xff ) || (test->mode >= MODE_LONG64 && has_prefix( test, 0x48, 0xf8 )));
}

/* Is the processor itself QEMU's? It calls itself so where it tells who the hypervisor is. */
static BOOL is_emulated_processor( void )
{
    static int known = -1;
    UINT32 eax, ebx, ecx, edx;

    if (known < 0)
    {
        __asm__( "cpuid" : "=a" (eax), "=b" (ebx), "=c" (ecx), "=d" (edx) : "a" (1), "c" (0) );
        known = 0;
        if (ecx >> 31)
        {
            __asm__( "cpuid" : "=a" (eax), "=b" (ebx), "=c" (ecx), "=d" (edx) : "a" (0x40000000), "c" (0) );
            known = ebx == 0x54474354 && ecx == 0x43544743 && edx == 0x47435447;
        }
    }
    return known;
}

static BOOL rotates_through_carry( const struct test *test )
{
    return test->remaps && !strncmp( test->form->name, "rc", 2 ) && is_emulated_processor();
}

static BOOL exceeds_limit( const struct test *test )
{
    return test->limit && is_emulated_processor();
}

static BOOL modifies_forbidden( const struct test *test )
{
    return test->forbidden && (test->form->flags & F_RW) == F_RW && is_emulated_processor();
}

static BOOL calls_to_begin_of_page( const struct test *test )
{
    UINT32 offset = (test->gpr[RSP] + test->base[SEGMENT_SS]) & 0xfff;

    return !strcmp( test->form->name, "call m" ) && !test->on_memory && offset >= 2 && offset <= 9 &&
           is_emulated_processor();
}

static BOOL shifts_by_rip( const struct test *test )
{
    return test->mode >= MODE_LONG64 && test->form->flags & F_DOUBLE && test->form->immediate &&
           (test->bytes[test->length - 6] & 0xc7) == 5 && is_emulated_processor();
}

static BOOL exchanges_half_address( const struct test *test )
{
    return test->remaps && test->own_address && test->crosses &&
           (!strncmp( test->form->name, "xchg", 4 ) || !strncmp( test->form->name, "xadd", 4 ));
}

static BOOL exchanges_own_address( const struct test *test )
{
    return test->mode >= MODE_LONG64 && test->own_address &&
           (!strcmp( test->form->name, "xchg m,r" ) || !strcmp( test->form->name, "xadd m,r" ));
}

static BOOL overwrites_source( const struct test *test )
{
    return test->crosses && test->overlaps && test->form->flags & (F_DEST | F_POP | F_PUSH);
}

static BOOL swaps_in_16_bit_code( const struct test *test )
{
    return test->mode < MODE_PROT32 && test->on_memory && !strncmp( test->form->name, "movbe", 5 );
}

static BOOL stores_swapped_read_only( const struct test *test )
{
    return test->mode == MODE_USER64 && test->remaps && !strcmp( test->form->name, "movbe m,r" );
}

static BOOL pushes_short_selector( const struct test *test )
{
    return test->mode < MODE_LONG64 && test->on_memory && !strncmp( test->form->name, "push ", 5 ) &&
           test->form->name[6] == 's' && (test->mode >= MODE_PROT32) != has_prefix( test, 0x66, 0xff );
}

static BOOL pushes_all_across_pages( const struct test *test )
{
    return test->crosses && !strcmp( test->form->name, "pusha" );
}

static BOOL enters_by_prefix( const struct test *test )
{
    return !strncmp( test->form->name, "enter", 5 ) && has_prefix( test, 0x66, 0xff );
}

static BOOL loads_native_segment( const struct test *test )
{
    return test->mode == MODE_USER64 && test->form->flags & F_SEGMENT;
}

static BOOL steps_over_stack( const struct test *test )
{
    return test->rflags & FLAG_TF &&
           (!strcmp( test->form->name, "pop ss" ) || !strcmp( test->form->name, "mov sreg,m" ));
}

static BOOL forgets_trap( const struct test *test )
{
    UINT32 flags = test->form->flags;

    return test->rflags & FLAG_TF && !test->on_memory &&
           (flags & (F_WRITE | F_PUSH | F_OUT) || (flags & F_DEST && !(flags & F_COUNTED)));
}

static BOOL stores_short_of_limit( const struct test *test )
{
    return test->limit && test->form->map == 1 && test->form->size == SIZE_D && test->form->opcode < 2;
}

static BOOL saves_unlike_processor( const struct test *test )
{
    UINT64 place = test->reserved ? test->reserved : test->plant_gpa - 24;

    if (test->form->size != SIZE_FX) return 0;
    return test->forbidden || test->limit || test->rflags & FLAG_TF || place & 15 ||
           (test->mode >= MODE_LONG64 &&
            (has_prefix( test, 0x67, 0xff ) || has_prefix( test, 0x64, 0xfe ) || has_prefix( test, 0x42, 0xf2 )));
}

static BOOL steps_through_repetition( const struct test *test )
{
    return test->rflags & FLAG_TF && test->form->flags & (F_SOURCE | F_DEST) &&
           (has_prefix( test, 0xf3, 0xff ) || has_prefix( test, 0xf2, 0xff ));
}

/* What is left in undefined flags is on the stack then. */
static BOOL steps_over_undefined( const struct test *test )
{
    return test->rflags & FLAG_TF && test->form->undefined;
}

static BOOL uses_emulated_fpu( const struct test *test )
{
    return test->form->flags & F_FPU && is_emulated_processor();
}

static BOOL branches_to_unused_code( const struct test *test )
{
    return test->form->flags & F_FAR && test->form->flags & F_BRANCH && test->planted &&
           test->plant[test->planted - 2] == 0x50 && is_emulated_processor();
}

static BOOL branches_far_in_long_mode( const struct test *test )
{
    return test->form->flags & F_FAR && test->form->flags & F_BRANCH && test->on_memory &&
           test->mode >= MODE_COMPAT32 && is_emulated_processor();
}

static BOOL masks_read( const struct test *test )
{
    return !strncmp( test->form->name, "vmaskmov", 8 ) && test->form->flags & F_READ && is_emulated_processor();
}

static BOOL loads_below_privilege( const struct test *test )
{
    UINT16 selector;

    if (!(test->form->flags & F_SEGMENT) || test->form->flags & F_BRANCH || test->on_memory || !test->planted) return 0;
    memcpy( &selector, test->plant, sizeof(selector) );
    return test->mode != MODE_REAL16 && selector >= 8 && selector & 3;
}

static BOOL checks_alignment( const struct test *test )
{
    return test->rflags & FLAG_AC && is_emulated_processor();
}

static BOOL probes_stack( const struct test *test )
{
    return test->rflags & FLAG_AC && test->form->flags & F_ENTER;
}

/* The system registers of a ring 3 that is executed natively are the host's. */
static BOOL stores_system_register( const struct test *test )
{
    return test->mode == MODE_USER64 && test->form->map == 1 && test->form->opcode < 2;
}

static BOOL pushes_native_selector( const struct test *test )
{
    return test->mode == MODE_USER64 && test->on_memory &&
           ((test->form->map == 1 && test->form->opcode == 0xa0) ||
            (!test->form->map && (test->form->opcode == 0x8c || test->form->opcode == 0x9c)));
}

BOOL form_is_ambiguous( const struct test *test )
{
    return test->crosses || test->form->flags & F_SSE || !strncmp( test->form->name, "push ", 5 );
}

static const struct
{
    BOOL (*applies)( const struct test *test );
    const char *reason;
} special[] =
{
    { writes_by_cs, "stores by CS in protected mode: KVM reads the device before it finds that it may not write, "
                    "QEMU's processor does not find it at all" },
    { is_rep_input, "REP INS downwards to a device: KVM forgets what it has read ahead at "
                    "the exit for the first store" },
    { is_halved, "a store of which half, and half of which size, begins at the same place with one prefix less: which "
                 "of them it was KVM does not tell before the second half" },
    { exchanges_own_address, "XCHG and XADD of 32 bits with a register that is part of the address, on a read-only "
                             "page: KVM has zero-extended it, and the address can't be found" },
    { exchanges_half_address, "XCHG and XADD across pages with a register that is part of the address, on read-only "
                              "pages: when the first is written the address can't be found any more" },
    { exceeds_limit, "segment limits in the lab: QEMU's processor does not look at them" },
    { modifies_forbidden, "read-modify-write of a page that is not for it, in the lab: "
                          "QEMU's processor reports a read" },
    { calls_to_begin_of_page, "CALL m by a device's word, with the return address at the beginning of a page, in the "
                              "lab: the device is read twice" },
    { shifts_by_rip, "SHLD and SHRD by an immediate with a RIP-relative operand in the lab: "
                     "QEMU's processor forgets the immediate's byte" },
    { rotates_through_carry, "RCL and RCR on a read-only page in the lab: QEMU's processor has changed "
                             "the carry when the store faults" },
    { overwrites_source, "a copy across pages whose source lies in the half that KVM has written "
                         "before it exits for the other" },
    { swaps_in_16_bit_code, "MOVBE in 16-bit code: QEMU's processor takes the operand "
                            "for 32 bits wide (the lab runs on it)" },
    { pushes_all_across_pages, "PUSHA across pages: of its eight stores to a read-only page KVM reports but the last" },
    { enters_by_prefix, "ENTER with an operand-size prefix: KVM pushes by the width of the stack" },
    { steps_over_stack, "MOV to SS and POP SS with TF: a processor holds the trap off until the next instruction is "
                        "done, KVM's emulator does not" },
    { steps_through_repetition, "string instructions that repeat, with TF: "
                                "KVM's emulator does not trap between the iterations" },
    { steps_over_undefined, "instructions that leave flags undefined, with TF: they are seen in the trap's frame" },
    { forgets_trap, "stores to a device, and outputs, with TF: KVM's emulator raises no trap behind "
                    "what it leaves to user space" },
    { stores_short_of_limit, "SLDT, STR and SMSW at a segment's end: KVM wants 4 bytes, a processor 2" },
    { saves_unlike_processor, "FXSAVE and FXRSTOR with 32-bit addresses, a segment's base or R12 as an index in 64-bit "
                              "code, with TF, misaligned, at a segment's end, and of pages that are forbidden: the "
                              "software KVM does not look" },
    { uses_emulated_fpu, "x87 in the lab: QEMU's processor keeps reserved bits of its words, "
                         "and what they say of exceptions" },
    { branches_to_unused_code, "far branches to a code segment that was never used, in the lab: "
                               "QEMU's processor does not set its A bit" },
    { branches_far_in_long_mode, "far branches in long mode with operands of 16 and 32 bits, in the lab: QEMU's "
                                 "processor cuts RSP to 32 bits (helper_lret_protected) and looks at the limit of a "
                                 "64-bit code segment (helper_lcall_protected)" },
    { masks_read, "VMASKMOV from memory, in the lab: QEMU's processor reads elements that the mask leaves out" },
    { loads_below_privilege, "a selector by whose RPL it may not be loaded, from a device: KVM's emulator wants both "
                             "RPL and CPL to forbid it" },
    { checks_alignment, "AC in the lab: QEMU's processor does not look at all accesses" },
    { probes_stack, "ENTER with AC: a processor looks at the new top of the stack, KVM's emulator and ours do not" },
    { loads_native_segment, "segment registers loaded in ring 3: the software KVM has its host's tables there" },
    { stores_system_register, "SGDT, SIDT, SLDT, STR and SMSW in ring 3: the host's on the software KVM" },
    { stores_swapped_read_only, "MOVBE in ring 3 to a read-only page: the software KVM executes it natively and then, "
                                "by its emulator, raises #UD" },
    { pushes_short_selector, "a selector pushed with 4 bytes: processors write 2 of them or 4" },
    { pushes_native_selector, "PUSH FS, MOV m,sreg and PUSHF in ring 3: the software KVM shows "
                              "the host's selectors and its IF" },
    { stores_wide_selector, "MOV m,sreg, SLDT, STR and SMSW with REX.W: KVM stores 8 bytes, a processor 2" },
};

const char *excluded( const struct test *test )
{
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE( unusable ); i++)
        if (!strncmp( test->form->name, unusable[i].name, strlen( unusable[i].name )) &&
            (!unusable[i].flags || unusable[i].flags & test->form->flags) &&
            (!unusable[i].modes || unusable[i].modes & 1u << test->mode)) return unusable[i].reason;
    for (i = 0; i < ARRAY_SIZE( special ); i++) if (special[i].applies( test )) return special[i].reason;
    return NULL;
}

/* ---- cases whose outcome is not compared: known when the referee has run ---- */

static BOOL cannot_deliver( const struct test *test, const struct outcome *referee )
{
    return test->remaps && referee->end == END_EXCEPTION && test->mode != MODE_USER64;
}

static BOOL faults_instead( const struct test *test, const struct outcome *referee )
{
    BOOL branches_far = test->form->flags & F_FAR && test->form->flags & F_BRANCH;

    if (test->mode != MODE_COMPAT32 || !test->on_memory || referee->end != END_EXCEPTION) return 0;
    if (referee->vector == VECTOR_GP) return test->form->flags & F_FPU && test->base[SEGMENT_CS];
    if (referee->vector != VECTOR_PF) return 0;
    return form_uses_vectors( test->form ) ||
           (branches_far && referee->cr2 == machine_rip( test, machine_code( test )));
}

static BOOL turns_to_mmx( const struct test *test, const struct outcome *referee )
{
    return referee->end == END_EXCEPTION && !strcmp( test->form->name, "movq m,mm" );
}

static BOOL is_refused( const struct test *test, const struct outcome *referee )
{
    (void)test;
    return referee->end == END_REFUSED || (referee->end == END_EXCEPTION && referee->vector == VECTOR_UD);
}

static const struct
{
    BOOL (*applies)( const struct test *test, const struct outcome *referee );
    const char *reason;
} after[] =
{
    { cannot_deliver, "client that makes pages writable: an exception whose frame goes to a page "
                      "that is read-only: no KVM delivers it" },
    { faults_instead, "in compatibility mode the software KVM raises #PF or #GP for an instruction that its emulator "
                      "lacks (vectors, x87, far branches to a TSS): it goes on at the RIP without the base of CS" },
    { turns_to_mmx, "MOVQ m,mm that faults: KVM's emulator has turned the x87 registers to MMX before it finds that" },
    { is_refused, "what this KVM's emulator has not, and says so or raises #UD" },
};

const char *excluded_after( const struct test *test, const struct outcome *referee )
{
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE( after ); i++) if (after[i].applies( test, referee )) return after[i].reason;
    return NULL;
}

void print_exclusions( void )
{
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE( special ); i++) printf( "%s\n", special[i].reason );
    for (i = 0; i < ARRAY_SIZE( after ); i++) printf( "%s\n", after[i].reason );
    printf( "read-modify-write of what lies half on a read-only page: KVM writes the other half before it exits "
            "(a client that makes the page writable and runs again is tested)\n" );
    printf( "a byte like a prefix at the end of the instruction before a store across pages, a vector store or a PUSH "
            "of a selector: can't be told from one\n" );
    printf( "AVX outside of ring 3, and on a device: KVM's emulator has none of it; "
            "gathers, whose addresses are registers: unit tests\n" );
    printf( "upper half of the address space in ring 3: belongs to the host on the software KVM\n" );
    printf( "FXSAVE, FXRSTOR, SGDT, SIDT, LMSW and POPF in a device, or to a page that can't be written: KVM's "
            "emulator accesses memory alone, and spins\n" );
    printf( "PUSHA, POPA, ENTER and the stack of far CALL and RET in a device: of several stores KVM reports but the "
            "last, and of several loads it begins again with the first\n" );
    printf( "client that injects an exception at the exit: in protected mode with a stack whose base is not 0 "
            "(the software KVM forgets it)\n" );
    printf( "BOUND, ARPL, IRET, XSAVE, XRSTOR: KVM's emulator has none of them\n" );
    printf( "operands that run over the end of the address space: on the other side are the machine's own tables\n" );
    printf( "bits 63..32 of registers outside of long mode: nobody's\n" );
    for (i = 0; i < ARRAY_SIZE( unusable ); i++)
        printf( "%s (forms %#x, modes %#x): %s\n",
                unusable[i].name, unusable[i].flags, unusable[i].modes, unusable[i].reason );
}
