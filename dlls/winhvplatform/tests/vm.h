/*
 * A small virtual machine for the conformance tests
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

/*
 * What it is for: one partition with memory, a hole and a ROM, and a vp that
 * can be put into each mode of the processor with all registers known.
 * It knows the public API and wine/test.h; its functions check nothing of interest
 * themselves, except where a failure would make all that follows meaningless.
 * What it shows is common to all files: the registers at an exit, and VpContext.
 */

#ifndef __WHV_TESTS_VM_H
#define __WHV_TESTS_VM_H

#include "wine/test.h"
#include "winhvplatform.h"

/* <winerror.h> of mingw-w64 lacks them all */
#ifndef WHV_E_UNKNOWN_CAPABILITY
#define WHV_E_UNKNOWN_CAPABILITY            ((HRESULT)0x80370300)
#define WHV_E_INSUFFICIENT_BUFFER           ((HRESULT)0x80370301)
#define WHV_E_UNKNOWN_PROPERTY              ((HRESULT)0x80370302)
#define WHV_E_UNSUPPORTED_HYPERVISOR_CONFIG ((HRESULT)0x80370303)
#define WHV_E_INVALID_PARTITION_CONFIG      ((HRESULT)0x80370304)
#define WHV_E_GPA_RANGE_NOT_FOUND           ((HRESULT)0x80370305)
#define WHV_E_VP_ALREADY_EXISTS             ((HRESULT)0x80370306)
#define WHV_E_VP_DOES_NOT_EXIST             ((HRESULT)0x80370307)
#define WHV_E_INVALID_VP_STATE              ((HRESULT)0x80370308)
#define WHV_E_INVALID_VP_REGISTER_NAME      ((HRESULT)0x80370309)
#define WHV_E_UNSUPPORTED_PROCESSOR_CONFIG  ((HRESULT)0x80370310)
#endif
#ifndef ERROR_HV_OPERATION_DENIED
#define ERROR_HV_OPERATION_DENIED           ((HRESULT)0xc0350008)
#endif
#define HR_NOT_SUPPORTED                    ((HRESULT)0x80070032)
#define HR_INVALID_STATE                    ((HRESULT)0x8007139f)

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Guest-physical memory:
 *   0x000000 .. 0x0cffff   RAM; code at 0x10100, stack below 0x38000, data at 0xc9000
 *   0x0d0000 .. 0x0dffff   nothing: the hole
 *   0x0e0000 .. 0x0effff   ROM (Read | Execute)
 *   0x0f0000 .. 0x1fffff   RAM; tables of descriptors and pages from 0x100000 on
 */
#define RAM_SIZE   0x200000
#define HOLE_GPA   0xd0000
#define HOLE_SIZE  0x10000
#define ROM_GPA    0xe0000
#define ROM_SIZE   0x10000
#define DATA_GPA   0xc9000
#define STACK_TOP  0x38000
#define CODE_GPA   0x10100
#define GDT_GPA    0x100000
#define IDT_GPA    0x101000
#define TSS_GPA    0x102000          /* with a bitmap that allows all ports below 0x2000 */
#define TSS_LIMIT  0x467
#define PML4_GPA   0x104000
#define PDPT_GPA   0x105000
#define PD_GPA     0x106000

/* Long mode sees all of it at this linear address as well, and uses it, so that linear and physical addresses
 * differ. */
#define LONG_BASE  0x400000

/* Where each test ends: OUT to port 0x99 behind the code, OUT to port 0x98 somewhere else. */
#define END_PORT   0x99
#define ALT_PORT   0x98
#define ALT_OFFSET 0x60

/* Where the interrupt table sends a vector: an OUT to port 0x40 + vector. */
#define HANDLER_GPA     0x12000
#define HANDLER_PORT(v) (0x40 + (v))

enum mode
{
    MODE_REAL,          /* 16 bits, segments of 64 KiB */
    MODE_PROT,          /* 32 bits, flat, no paging, ring 0 */
    MODE_LONG,          /* 64 bits, ring 0 */
    MODE_USER,          /* 64 bits, ring 3 */
    MODE_COUNT
};

#define M_REAL     (1 << MODE_REAL)
#define M_PROT     (1 << MODE_PROT)
#define M_LONG     (1 << MODE_LONG)
#define M_USER     (1 << MODE_USER)
#define M_64       (M_LONG | M_USER)
#define M_NOT_REAL (M_PROT | M_64)
#define M_RING0    (M_REAL | M_PROT | M_LONG)
#define M_ALL      (M_RING0 | M_USER)

/* Register numbers are the API's names: rax rcx rdx rbx rsp rbp rsi rdi r8 .. r15 rip rflags. */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, RIP, RFLAGS, REG_COUNT };

#define FLAG_CF 0x0001
#define FLAG_ZF 0x0040
#define FLAG_SF 0x0080
#define FLAG_TF 0x0100
#define FLAG_IF 0x0200
#define FLAG_IOPL 0x3000ull
#define FLAG_RF 0x10000ull         /* comes and goes in the middle of instructions: not looked at */

struct mode_info
{
    const char *name;
    UINT64      rip, data, hole, stack;         /* as the program writes addresses */
    UINT64      code_linear, data_linear, hole_linear;
    UINT16      cs_selector, cs_attributes, ds_selector, ds_attributes;
    UINT64      cs_base, ds_base, ss_base, fs_base;
    UINT32      limit;
    UINT64      cr0, cr4, efer;
    UINT8       cpl, size;                      /* bytes of an operand without prefix */
    UINT64      mask;                           /* of what can be relied on in a general register */
};

extern const struct mode_info modes[MODE_COUNT];

struct vm;

struct vm_config
{
    UINT32        vps;                  /* 0: one */
    UINT64        extended_exits, exception_exits;
    const UINT32 *cpuid_exits;
    UINT32        cpuid_exit_count;
    BOOL          no_vp, no_memory;
    UINT32        apic_mode;
    HRESULT     (*prepare)( struct vm *vm );    /* more properties, before the setup */
};

struct vm
{
    WHV_PARTITION_HANDLE partition;
    BYTE                *ram, *rom;
    const struct mode_info *mode;
    UINT64               before[REG_COUNT];     /* as set by vm_load */
};

extern BOOL vm_present( void );
extern HRESULT vm_set_property( struct vm *vm, WHV_PARTITION_PROPERTY_CODE code, UINT64 value );
extern void vm_destroy( struct vm *vm );
/* A partition that is set up, with memory and vp 0 unless config says otherwise. */
extern BOOL vm_create( struct vm *vm, const struct vm_config *config );
extern UINT64 vm_get_reg( struct vm *vm, WHV_REGISTER_NAME name );
extern HRESULT vm_set_reg( struct vm *vm, WHV_REGISTER_NAME name, UINT64 reg );
extern void vm_get_regs( struct vm *vm, UINT64 regs[REG_COUNT] );
extern void vm_set_regs( struct vm *vm, const UINT64 regs[REG_COUNT] );
/* Segments, tables, control registers of a mode. */
extern void vm_set_mode( struct vm *vm, enum mode mode );
/* Values that tell every register from every other, except those that hold addresses. */
extern void vm_default_regs( enum mode mode, UINT64 regs[REG_COUNT] );
/* Code, with the two ends, and memory of known content. */
extern void vm_put_code( struct vm *vm, const BYTE *code, UINT32 size );
/* Everything for a run of code; regs NULL: the defaults. */
extern void vm_load( struct vm *vm, enum mode mode, const BYTE *code, UINT32 size, const UINT64 *regs );
/* Entry vector of the interrupt table for the mode leads to HANDLER_GPA + offset, from ring 3 as well. */
extern void vm_put_gate( struct vm *vm, enum mode mode, UINT32 vector, UINT32 offset );
/* An interrupt table for the mode, with HANDLER_PORT for each of the first 64 vectors. */
extern void vm_make_handlers( struct vm *vm, enum mode mode );
extern BOOL vm_memory_is_untouched( const struct vm *vm );
extern BOOL vm_run( struct vm *vm, WHV_RUN_VP_EXIT_CONTEXT *exit );
/* The same to an exit for this reason, with registers and context as given. regs: NULL: not looked at. */
extern BOOL vm_run_to( struct vm *vm, UINT32 reason, const UINT64 *regs, WHV_RUN_VP_EXIT_CONTEXT *exit );
/* A #GP is pending, with an error code of 0 where the mode has one. */
extern void vm_inject_gp( struct vm *vm, enum mode mode );
/* Writes size bytes of a value into a register as the processor does. */
extern void vm_write_reg( UINT64 *reg, UINT64 value, UINT8 size );
extern void check_regs_( const char *file, int line, struct vm *vm, const UINT64 *expect );
#define check_regs( vm, regs ) check_regs_( __FILE__, __LINE__, vm, regs )
/* What every exit has to show; the registers are those that expect gives. */
extern void check_vp_context_( const char *file, int line, struct vm *vm,
                          const WHV_RUN_VP_EXIT_CONTEXT *exit, const UINT64 *expect );
#define check_vp_context( vm, exit, expect ) check_vp_context_( __FILE__, __LINE__, vm, exit, expect )
/* Runs on to an OUT of the given port, with registers as given (their rip is that of the OUT). */
extern BOOL run_to_port_( const char *file, int line, struct vm *vm, UINT16 port, const UINT64 *expect );
#define run_to_port( vm, port, expect ) run_to_port_( __FILE__, __LINE__, vm, port, expect )
/* Is the host's processor played by QEMU? That one knows no INT1, intercepts no INT3 and loads no breakpoints into a
 * guest. */
extern BOOL vm_is_on_qemu( void );
/* Is VMMCALL the processor's own hypercall, and not VMCALL? */
extern BOOL vm_is_on_amd( void );
/* Two exits are the same exit: nothing has moved in between. */
extern void check_same_exit_( const char *file, int line, const WHV_RUN_VP_EXIT_CONTEXT *a,
                          const WHV_RUN_VP_EXIT_CONTEXT *b );
#define check_same_exit( a, b ) check_same_exit_( __FILE__, __LINE__, a, b )
/* The bytes are not guaranteed on Windows; what is there is the instruction. */
extern void check_insn_bytes_( const char *file, int line, const UINT8 *bytes, UINT8 count,
                          const BYTE *code, UINT32 size );
#define check_insn_bytes( bytes, count, code, size ) check_insn_bytes_( __FILE__, __LINE__, bytes, count, code, size )

/* How many handles there are. Wine does not count them, but takes the lowest number that is free. */
static inline DWORD count_handles( void )
{
    DWORD count = 0;
    HANDLE handle;

    if (!winetest_platform_is_wine)
    {
        GetProcessHandleCount( GetCurrentProcess(), &count );
        return count;
    }
    handle = CreateEventW( NULL, FALSE, FALSE, NULL );
    CloseHandle( handle );
    return (DWORD)((UINT_PTR)handle / 4);
}

#endif /* __WHV_TESTS_VM_H */
