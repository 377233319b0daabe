/*
 * Unit tests of emulate.c: against the CPU
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
 * Each random instruction is executed twice on the same registers, flags and memory: by the emulator, and by this
 * machine's CPU in a page of its own. Registers, status flags and memory must then be equal.
 */

#include <sys/mman.h>

#include "guest_checks.h"
#include "host/array.h"
#include "host/x86.h"
#include "insn/insn.h"

/* registers 0..15, then RFLAGS; used by the assembly below */
UINT64 native_regs[17] __attribute__((visibility("hidden")));
UINT8 native_xmm[16] __attribute__((visibility("hidden"), aligned(16)));
void *native_code __attribute__((visibility("hidden")));

extern void native_run( void ) __attribute__((visibility("hidden")));
extern const UINT8 native_back[] __attribute__((visibility("hidden")));

/* RSP is not the guest's: no test uses it. XMM9 is the one vector register that takes part. */
__asm__( ".text\n"
         "native_run:\n\t"
         "push %rbx\n\tpush %rbp\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\tpush %r15\n\t"
         "movups native_xmm(%rip), %xmm9\n\t"
         "pushq 128+native_regs(%rip)\n\tpopfq\n\t"
         "movq 0+native_regs(%rip), %rax\n\tmovq 8+native_regs(%rip), %rcx\n\tmovq 16+native_regs(%rip), %rdx\n\t"
         "movq 24+native_regs(%rip), %rbx\n\tmovq 40+native_regs(%rip), %rbp\n\tmovq 48+native_regs(%rip), %rsi\n\t"
         "movq 56+native_regs(%rip), %rdi\n\tmovq 64+native_regs(%rip), %r8\n\tmovq 72+native_regs(%rip), %r9\n\t"
         "movq 80+native_regs(%rip), %r10\n\tmovq 88+native_regs(%rip), %r11\n\tmovq 96+native_regs(%rip), %r12\n\t"
         "movq 104+native_regs(%rip), %r13\n\tmovq 112+native_regs(%rip), %r14\n\tmovq 120+native_regs(%rip), %r15\n\t"
         "jmp *native_code(%rip)\n"
         "native_back:\n\t"
         "movq %rax, 0+native_regs(%rip)\n\tmovq %rcx, 8+native_regs(%rip)\n\tmovq %rdx, 16+native_regs(%rip)\n\t"
         "movq %rbx, 24+native_regs(%rip)\n\tmovq %rbp, 40+native_regs(%rip)\n\tmovq %rsi, 48+native_regs(%rip)\n\t"
         "movq %rdi, 56+native_regs(%rip)\n\tmovq %r8, 64+native_regs(%rip)\n\tmovq %r9, 72+native_regs(%rip)\n\t"
         "movq %r10, 80+native_regs(%rip)\n\tmovq %r11, 88+native_regs(%rip)\n\tmovq %r12, 96+native_regs(%rip)\n\t"
         "movq %r13, 104+native_regs(%rip)\n\tmovq %r14, 112+native_regs(%rip)\n\tmovq %r15, 120+native_regs(%rip)\n\t"
         "pushfq\n\tpopq 128+native_regs(%rip)\n\t"
         "movups %xmm9, native_xmm(%rip)\n\t"
         "cld\n\t"
         "pop %r15\n\tpop %r14\n\tpop %r13\n\tpop %r12\n\tpop %rbp\n\tpop %rbx\n\t"
         "ret\n" );

static UINT8 *code_page;
static UINT8 native_ram[GUEST_RAM_SIZE] __attribute__((aligned(4096)));

/* values at which carries and signs turn are more telling than others */
static UINT64 random_value( void )
{
    static const UINT64 edges[] = { 0, 1, ~0ull, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000,
                                    0xffffffff, 0x7fffffffffffffff, 0x8000000000000000 };
    UINT64 value = input_random();

    if (!(value & 3)) return edges[input_random() % (sizeof(edges) / sizeof(edges[0]))];
    return value & 4 ? input_random() : input_random() >> input_random() % 64;
}

#define REG      0x01           /* modrm.reg is a register operand, else the extension */
#define BYTE     0x02           /* 8 bits */
#define NOSIZE   0x04           /* operand-size prefixes would make it another instruction */
#define IMM8     0x08
#define IMM      0x10           /* of operand size, at most 4 bytes */
#define STRING   0x20           /* no modrm */
#define DIVIDE   0x40
#define NO16     0x80

#define ALL (RFLAGS_STATUS)
#define O  RFLAGS_OF
#define S  RFLAGS_SF
#define Z  RFLAGS_ZF
#define A  RFLAGS_AF
#define P  RFLAGS_PF
#define C  RFLAGS_CF

static const struct template
{
    const char *opcode;         /* hexadecimal */
    UINT8       extension;
    UINT8       flags;
    UINT16      undefined;      /* flags that the manuals leave undefined */
}
templates[] =
{
    { "88", 0, REG | BYTE, 0 }, { "89", 0, REG, 0 }, { "8a", 0, REG | BYTE, 0 }, { "8b", 0, REG, 0 },
    { "c6", 0, BYTE | IMM8, 0 }, { "c7", 0, IMM, 0 },
    { "0fb6", 0, REG, 0 }, { "0fb7", 0, REG, 0 }, { "0fbe", 0, REG, 0 }, { "0fbf", 0, REG, 0 },
    { "63", 0, REG | NO16, 0 }, { "0fc3", 0, REG | NO16, 0 }, { "0f38f0", 0, REG, 0 }, { "0f38f1", 0, REG, 0 },
    { "00", 0, REG | BYTE, 0 }, { "01", 0, REG, 0 }, { "02", 0, REG | BYTE, 0 }, { "03", 0, REG, 0 },
    { "08", 0, REG | BYTE, A }, { "09", 0, REG, A }, { "0a", 0, REG | BYTE, A }, { "0b", 0, REG, A },
    { "10", 0, REG | BYTE, 0 }, { "11", 0, REG, 0 }, { "12", 0, REG | BYTE, 0 }, { "13", 0, REG, 0 },
    { "18", 0, REG | BYTE, 0 }, { "19", 0, REG, 0 }, { "1a", 0, REG | BYTE, 0 }, { "1b", 0, REG, 0 },
    { "20", 0, REG | BYTE, A }, { "21", 0, REG, A }, { "22", 0, REG | BYTE, A }, { "23", 0, REG, A },
    { "28", 0, REG | BYTE, 0 }, { "29", 0, REG, 0 }, { "2a", 0, REG | BYTE, 0 }, { "2b", 0, REG, 0 },
    { "30", 0, REG | BYTE, A }, { "31", 0, REG, A }, { "32", 0, REG | BYTE, A }, { "33", 0, REG, A },
    { "38", 0, REG | BYTE, 0 }, { "39", 0, REG, 0 }, { "3a", 0, REG | BYTE, 0 }, { "3b", 0, REG, 0 },
    { "84", 0, REG | BYTE, A }, { "85", 0, REG, A }, { "86", 0, REG | BYTE, 0 }, { "87", 0, REG, 0 },
    { "80", 0, BYTE | IMM8, 0 }, { "80", 1, BYTE | IMM8, A }, { "80", 2, BYTE | IMM8, 0 }, { "80", 3, BYTE | IMM8, 0 },
    { "80", 4, BYTE | IMM8, A }, { "80", 5, BYTE | IMM8, 0 }, { "80", 6, BYTE | IMM8, A }, { "80", 7, BYTE | IMM8, 0 },
    { "81", 0, IMM, 0 }, { "81", 1, IMM, A }, { "81", 2, IMM, 0 }, { "81", 3, IMM, 0 },
    { "81", 4, IMM, A }, { "81", 5, IMM, 0 }, { "81", 6, IMM, A }, { "81", 7, IMM, 0 },
    { "83", 0, IMM8, 0 }, { "83", 1, IMM8, A }, { "83", 2, IMM8, 0 }, { "83", 3, IMM8, 0 },
    { "83", 4, IMM8, A }, { "83", 5, IMM8, 0 }, { "83", 6, IMM8, A }, { "83", 7, IMM8, 0 },
    { "f6", 0, BYTE | IMM8, A }, { "f7", 0, IMM, A }, { "f6", 2, BYTE, 0 }, { "f7", 2, 0, 0 }, { "f6", 3, BYTE, 0 },
    { "f7", 3, 0, 0 }, { "f6", 4, BYTE, S | Z | A | P }, { "f7", 4, 0, S | Z | A | P },
    { "f6", 5, BYTE, S | Z | A | P }, { "f7", 5, 0, S | Z | A | P }, { "f6", 6, BYTE | DIVIDE, ALL },
    { "f7", 6, DIVIDE, ALL }, { "f6", 7, BYTE | DIVIDE, ALL }, { "f7", 7, DIVIDE, ALL },
    { "0faf", 0, REG, S | Z | A | P }, { "69", 0, REG | IMM, S | Z | A | P }, { "6b", 0, REG | IMM8, S | Z | A | P },
    { "fe", 0, BYTE, 0 }, { "ff", 0, 0, 0 }, { "fe", 1, BYTE, 0 }, { "ff", 1, 0, 0 }, { "c0", 0, BYTE | IMM8, O },
    { "c0", 1, BYTE | IMM8, O }, { "c0", 2, BYTE | IMM8, O }, { "c0", 3, BYTE | IMM8, O },
    { "c0", 4, BYTE | IMM8, O | A | C }, { "c0", 5, BYTE | IMM8, O | A | C }, { "c0", 7, BYTE | IMM8, O | A | C },
    { "c1", 0, IMM8, O }, { "c1", 1, IMM8, O }, { "c1", 2, IMM8, O }, { "c1", 3, IMM8, O },
    { "c1", 4, IMM8, O | A | C }, { "c1", 5, IMM8, O | A | C }, { "c1", 7, IMM8, O | A | C }, { "d0", 0, BYTE, 0 },
    { "d0", 1, BYTE, 0 }, { "d0", 2, BYTE, 0 }, { "d0", 3, BYTE, 0 }, { "d0", 4, BYTE, A }, { "d0", 5, BYTE, A },
    { "d0", 7, BYTE, A }, { "d1", 0, 0, 0 }, { "d1", 1, 0, 0 }, { "d1", 2, 0, 0 }, { "d1", 3, 0, 0 }, { "d1", 4, 0, A },
    { "d1", 5, 0, A }, { "d1", 7, 0, A }, { "d2", 0, BYTE, O }, { "d2", 1, BYTE, O }, { "d2", 2, BYTE, O },
    { "d2", 3, BYTE, O }, { "d2", 4, BYTE, O | A | C }, { "d2", 5, BYTE, O | A | C }, { "d2", 7, BYTE, O | A | C },
    { "d3", 0, 0, O }, { "d3", 1, 0, O }, { "d3", 2, 0, O }, { "d3", 3, 0, O },
    { "d3", 4, 0, O | A | C }, { "d3", 5, 0, O | A | C }, { "d3", 7, 0, O | A | C },
    { "0fa4", 0, REG | IMM8 | NO16, O | A }, { "0fa5", 0, REG | NO16, O | A },
    { "0fac", 0, REG | IMM8 | NO16, O | A }, { "0fad", 0, REG | NO16, O | A },
    { "0fba", 4, IMM8, O | S | A | P }, { "0fba", 5, IMM8, O | S | A | P },
    { "0fba", 6, IMM8, O | S | A | P }, { "0fba", 7, IMM8, O | S | A | P },
    { "0fbc", 0, REG, O | S | A | P | C }, { "0fbd", 0, REG, O | S | A | P | C },
    { "0fc0", 0, REG | BYTE, 0 }, { "0fc1", 0, REG, 0 }, { "0fb0", 0, REG | BYTE, 0 }, { "0fb1", 0, REG, 0 },
    { "0fc7", 1, NO16, 0 },
    { "0f90", 0, BYTE, 0 }, { "0f93", 0, BYTE, 0 }, { "0f94", 0, BYTE, 0 }, { "0f97", 0, BYTE, 0 },
    { "0f98", 0, BYTE, 0 }, { "0f9b", 0, BYTE, 0 }, { "0f9c", 0, BYTE, 0 }, { "0f9f", 0, BYTE, 0 },
    { "0f41", 0, REG, 0 }, { "0f42", 0, REG, 0 }, { "0f45", 0, REG, 0 }, { "0f46", 0, REG, 0 }, { "0f49", 0, REG, 0 },
    { "0f4a", 0, REG, 0 }, { "0f4d", 0, REG, 0 }, { "0f4e", 0, REG, 0 },
    { "a4", 0, STRING | BYTE, 0 }, { "a5", 0, STRING, 0 }, { "aa", 0, STRING | BYTE, 0 }, { "ab", 0, STRING, 0 },
    { "ac", 0, STRING | BYTE, 0 }, { "ad", 0, STRING, 0 }, { "a6", 0, STRING | BYTE, 0 }, { "a7", 0, STRING, 0 },
    { "ae", 0, STRING | BYTE, 0 }, { "af", 0, STRING, 0 },
    { "!440f10", 1, NOSIZE, 0 }, { "!440f11", 1, NOSIZE, 0 }, { "!66440f6f", 1, NOSIZE, 0 },
    { "!f3440f7f", 1, NOSIZE, 0 }, { "!f3440f10", 1, NOSIZE, 0 }, { "!f2440f11", 1, NOSIZE, 0 },
    { "!440f12", 1, NOSIZE, 0 }, { "!440f13", 1, NOSIZE, 0 }, { "!440f16", 1, NOSIZE, 0 },
    { "!66440f17", 1, NOSIZE, 0 }, { "!66440f6e", 1, NOSIZE, 0 }, { "!66440f7e", 1, NOSIZE, 0 },
    { "!664c0f6e", 1, NOSIZE, 0 }, { "!f3440f7e", 1, NOSIZE, 0 }, { "!66440fd6", 1, NOSIZE, 0 },
    { "!440f2b", 1, NOSIZE, 0 },
};

#define OVERLAPS 500            /* cases of a REP MOVS that overlaps */

struct test_case
{
    const struct template *template;
    UINT8  bytes[16];
    UINT32 length;
    UINT8  size;                /* operand, bytes */
    UINT8  reg;                 /* number of the register operand */
    UINT64 regs[17];
    UINT8  xmm[16];
};

/* modrm with one of three address forms, all within native_ram */
static void add_address( struct test_case *test, UINT8 reg, UINT32 offset )
{
    UINT64 base = (uintptr_t)native_ram + offset;
    INT32 disp = (INT32)(input_random() % 256) - 128;

    switch (input_random() % 3)
    {
    case 0:                     /* [rbx + disp8] */
        test->bytes[test->length++] = 0x43 | reg << 3;
        test->bytes[test->length++] = disp;
        test->regs[RBX] = base - disp;
        break;
    case 1:                     /* [rbx + rsi * 8 + disp32] */
        test->bytes[test->length++] = 0x84 | reg << 3;
        test->bytes[test->length++] = 0xf3;
        memcpy( test->bytes + test->length, &disp, 4 );
        test->length += 4;
        test->regs[RSI] = input_random();
        test->regs[RBX] = base - disp - test->regs[RSI] * 8;
        break;
    default:                    /* [rsi] */
        test->bytes[test->length++] = 0x06 | reg << 3;
        test->regs[RSI] = base;
        break;
    }
}

static void make_case( struct test_case *test, const struct template *template )
{
    UINT8 rex = 0, reg = template->extension;
    UINT32 i, offset = 0x800 + input_random() % 0x1000;
    const char *opcode = template->opcode;

    memset( test, 0, sizeof(*test) );
    test->template = template;
    for (i = 0; i < 16; i++) test->regs[i] = random_value();
    for (i = 0; i < 16; i++) test->xmm[i] = input_random();
    test->regs[RSP] = 0;
    test->regs[16] = 0x202 | (input_random() & RFLAGS_STATUS);
    test->size = 4;

    if (!(template->flags & NOSIZE))
    {
        if (!(template->flags & (BYTE | NO16)) && !(input_random() & 3))
        {
            test->bytes[test->length++] = 0x66;
            test->size = 2;
        }
        if (template->flags & STRING)
        {
            test->regs[16] |= input_random() & RFLAGS_DF;
            test->regs[RCX] = input_random() % 20;
            if (input_random() & 1) test->bytes[test->length++] = input_random() & 1 ? 0xf2 : 0xf3;
            test->regs[RSI] = (uintptr_t)native_ram + offset;
            test->regs[RDI] = (uintptr_t)native_ram + offset + input_random() % 64;
        }
        else if ((template->flags & REG) && (input_random() & 1)) rex = 0x44;
        if (!(template->flags & BYTE) && test->size != 2 && (input_random() & 1))
        {
            rex |= 0x48;
            test->size = 8;
        }
        if (template->flags & BYTE) test->size = 1;
        /* without REX the upper four byte registers are AH ... BH */
        if (template->flags & REG)
        {
            do reg = input_random() & 7;
            while (reg == RSP && !(rex & 4) && !((template->flags & BYTE) && !rex));
        }
        if (rex) test->bytes[test->length++] = rex;
        test->reg = reg | (rex & 4) << 1;
    }
    else if (*opcode == '!') opcode++;
    test->length += input_hex( opcode, test->bytes + test->length );
    if (template->flags & STRING) return;

    /* alignment is no matter but for two */
    if (!strcmp( opcode, "66440f6f" ) || !strcmp( opcode, "440f2b" ) || !strcmp( opcode, "0fc7" )) offset &= ~15;
    add_address( test, reg, offset );
    if (template->flags & IMM8) test->bytes[test->length++] = input_random();
    if (template->flags & IMM)
    {
        UINT64 value = random_value();
        UINT8 size = test->size > 4 ? 4 : test->size;

        memcpy( test->bytes + test->length, &value, size );
        test->length += size;
    }
    if (input_random() & 1)
    {
        UINT64 value = random_value();

        memcpy( native_ram + offset, &value, 8 );
    }
    if (template->flags & DIVIDE)
    {
        /* mostly a quotient that fits */
        if (input_random() & 3) test->regs[RDX] = (INT64)test->regs[RAX] < 0 ? ~0ull : 0;
        if (input_random() & 1) test->regs[RDX] = input_random() % 16;
    }
    if (!strcmp( opcode, "0fb1" ) || !strcmp( opcode, "0fb0" ) || !strcmp( opcode, "0fc7" ))
    {
        if (input_random() & 1) memcpy( &test->regs[RAX], native_ram + offset, test->size );
        if (input_random() & 1) memcpy( &test->regs[RDX], native_ram + offset + test->size, test->size );
    }
}

static void describe( char *buffer, const struct test_case *test )
{
    UINT32 i;

    for (i = 0; i < test->length; i++) buffer += sprintf( buffer, "%02x", test->bytes[i] );
}

static void emulate_case( const struct test_case *test, UINT32 expected )
{
    char text[40];
    UINT32 status;

    status = guest_mmio( &guest, test->bytes, test->length, 0, 0, 0, 0 );
    describe( text, test );
    if (status != expected) fail_msg( "%s: status %x", text, status );
}

/* GVA and GPA are the addresses of native_ram; the emulator works on the copy in the fake guest. */
static void setup_guest( const struct test_case *test )
{
    guest_init( &guest, INSN_MODE_64 );
    guest.ram_base = (uintptr_t)native_ram;
    memcpy( guest.ram, native_ram, sizeof(native_ram) );
    memcpy( guest.gpr, test->regs, sizeof(guest.gpr) );
    memcpy( guest.xmm[9], test->xmm, 16 );
    guest.rflags = test->regs[16];
}

static void run_native( const struct test_case *test )
{
    UINT64 back = (uintptr_t)native_back;

    memcpy( code_page, test->bytes, test->length );
    memcpy( code_page + test->length, "\xff\x25\0\0\0\0", 6 );      /* jmp [rip] */
    memcpy( code_page + test->length + 6, &back, 8 );
    native_code = code_page;
    memcpy( native_regs, test->regs, sizeof(native_regs) );
    memcpy( native_xmm, test->xmm, sizeof(native_xmm) );
    native_run();
}

/* Bits of a register that all CPUs agree on. BSF and BSR of 32 bits that are all zero leave the destination alone, or
 * clear its upper half: CPUs differ, and emulated ones do the latter. */
static UINT64 defined_bits( const struct test_case *test, UINT32 reg )
{
    BOOL scan = !strcmp( test->template->opcode, "0fbc" ) || !strcmp( test->template->opcode, "0fbd" );

    return scan && test->size == 4 && reg == test->reg && (native_regs[16] & RFLAGS_ZF) ? 0xffffffff : ~0ull;
}

static void compare( const struct test_case *test )
{
    UINT64 flags = RFLAGS_STATUS & ~test->template->undefined;
    char text[40];
    UINT32 i;

    describe( text, test );
    for (i = 0; i < 16; i++)
        if ((guest.gpr[i] ^ native_regs[i]) & defined_bits( test, i ))
            fail_msg( "%s: register %u is %llx, was %llx, should be %llx", text, i, (unsigned long long)guest.gpr[i],
                      (unsigned long long)test->regs[i], (unsigned long long)native_regs[i] );
    if ((guest.rflags ^ native_regs[16]) & flags)
        fail_msg( "%s: flags are %llx, were %llx, should be %llx", text, (unsigned long long)guest.rflags,
                  (unsigned long long)test->regs[16], (unsigned long long)native_regs[16] );
    if (memcmp( guest.xmm[9], native_xmm, 16 )) fail_msg( "%s: xmm9 differs", text );
    for (i = 0; i < GUEST_RAM_SIZE; i++)
        if (guest.ram[i] != native_ram[i])
            fail_msg( "%s: memory at %x is %x, should be %x", text, i, guest.ram[i], native_ram[i] );
    if (guest.rip != GUEST_RAM + 0x3000 + test->length)
        fail_msg( "%s: rip is %llx", text, (unsigned long long)guest.rip );
}

/* A REP MOVS that writes each element over the end of what it was read from: a copy byte by byte ends otherwise. */
static BOOL is_overlapping_rep( const struct test_case *test )
{
    UINT64 distance = test->regs[RDI] - test->regs[RSI];
    UINT8 first = test->bytes[test->size == 2];

    return !strcmp( test->template->opcode, "a5" ) && (first == 0xf2 || first == 0xf3) &&
           !(test->regs[16] & RFLAGS_DF) && distance && distance < test->size;
}

/* The CPU executes what REP repeats, without REP, as often as RCX says. */
static void run_native_elements( const struct test_case *test )
{
    struct test_case element = *test;
    UINT32 rep = test->size == 2;

    element.length--;
    memmove( element.bytes + rep, element.bytes + rep + 1, element.length - rep );
    memcpy( native_xmm, test->xmm, sizeof(native_xmm) );
    while (element.regs[RCX])
    {
        run_native( &element );
        memcpy( element.regs, native_regs, sizeof(element.regs) );
        element.regs[RCX]--;
    }
    memcpy( native_regs, element.regs, sizeof(native_regs) );
}

/* A processor may move as much at once as it likes, but has to end as if it had moved one element after another.
 * An emulated one that does not (Bochs 3.0 copies byte by byte) can't be asked what REP does: what it does without REP
 * gives it away. */
static void check_overlapping_rep( BOOL with_rep )
{
    static const struct template movs = { "a5", 0, STRING, 0 };
    static UINT8 by_elements[GUEST_RAM_SIZE];
    struct test_case test;
    UINT32 round;
    char text[40];

    for (round = 0; round < OVERLAPS; round++)
    {
        do make_case( &test, &movs );
        while (!is_overlapping_rep( &test ));
        setup_guest( &test );
        run_native_elements( &test );
        if (with_rep)
        {
            memcpy( by_elements, native_ram, sizeof(by_elements) );
            memcpy( native_ram, guest.ram, sizeof(native_ram) );
            run_native( &test );
            if (memcmp( native_ram, by_elements, sizeof(by_elements) ))
            {
                describe( text, &test );
                print_message( "%s: not what this CPU does %u times without REP\n", text, (UINT32)test.regs[RCX] );
                skip();
            }
        }
        emulate_case( &test, 1 );
        compare( &test );
    }
}

static void test_overlapping_elements( void **state )
{
    (void)state;
    check_overlapping_rep( FALSE );
}

static void test_overlapping_rep( void **state )
{
    (void)state;
    check_overlapping_rep( TRUE );
}

static void test_against_cpu( void **state )
{
    UINT32 round, i, faults = 0;

    (void)state;
    for (round = 0; round < 150; round++)
    {
        for (i = 0; i < ARRAY_SIZE( templates ); i++)
        {
            struct test_case test;

            make_case( &test, &templates[i] );
            if (is_overlapping_rep( &test )) continue;
            setup_guest( &test );
            emulate_case( &test, 1 );
            if (guest.event.EventPending)
            {
                /* #DE: the CPU must not be asked */
                assert_true( templates[i].flags & DIVIDE );
                assert_int_equal( guest.event.Vector, 0 );
                faults++;
                continue;
            }
            run_native( &test );
            compare( &test );
        }
    }
    assert_true( faults && faults < 150 * 4 );
}

int main( void )
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test( test_against_cpu ),
        cmocka_unit_test( test_overlapping_elements ),
        cmocka_unit_test( test_overlapping_rep ),
    };
    UINT32 i;

    for (i = 0; i < GUEST_RAM_SIZE; i++) native_ram[i] = input_random();
    code_page = mmap( NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (code_page == MAP_FAILED) return 1;
    return cmocka_run_group_tests_name( "emulate_native", tests, NULL, NULL );
}
