/*
 * Conformance: memory accesses that exit
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

#include "vm.h"

/* rows end where the rest is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* What a client that emulates the instruction would do with the registers. */
enum effect
{
    STORE,              /* nothing */
    LOAD,               /* a value into the destination, cut or extended */
    FLAGS,              /* flags */
    RESULT,             /* a value into the destination, and flags */
    PUSHES,             /* RSP down, memory */
    POPS,               /* RSP up */
    STRING_DI,          /* RDI on */
    STRING_SI,          /* a value into RAX, RSI on */
    STRING_BOTH,        /* both on */
    JUMP                /* RIP */
};

/* How the registers differ from the default */
#define SOURCE_HOLE 0x01        /* RSI points at the hole, RDI at the data */
#define BOTH_HOLE   0x02
#define SMALL_CX    0x04        /* RCX = 3 */
#define SMALL_AX    0x08        /* RAX = 3 */
#define WRITE_FIRST 0x10        /* either half of a read-modify-write may be the one that is shown */

#define R WHvMemoryAccessRead
#define W WHvMemoryAccessWrite

/* (R)DI, and (R)BX for 16-bit addressing, point at the hole: modrm .. 111 addresses it in all modes. */
static const struct row
{
    const char *name;
    UINT8       modes, length, code[12];
    UINT8       access;
    enum effect effect;
    UINT8       size;           /* of the operand, 0: the mode's own */
    UINT8       reg;            /* destination; 0x20 + n: high byte of n */
    /* bytes of the destination for zero extension, 0x80 + bytes for sign extension, 0: size */
    UINT8       extend;
    INT16       offset;         /* of the access from the start of the hole */
    UINT8       setup;
} rows[] =
{
    /* stores */
    { "mov m8,al",          M_ALL,      2, { 0x88, 0x07 },                          W, STORE, 1 },
    { "mov m8,ah",          M_ALL,      2, { 0x88, 0x27 },                          W, STORE, 1 },
    { "mov m8,dl",          M_ALL,      2, { 0x88, 0x17 },                          W, STORE, 1 },
    { "mov m8,sil",         M_64,       3, { 0x40, 0x88, 0x37 },                    W, STORE, 1 },
    { "mov m8,r9b",         M_64,       3, { 0x44, 0x88, 0x0f },                    W, STORE, 1 },
    { "mov m,ax",           M_ALL,      2, { 0x89, 0x07 },                          W, STORE },
    { "mov m,bp",           M_ALL,      2, { 0x89, 0x2f },                          W, STORE },
    { "o16/32 mov m,ax",    M_ALL,      3, { 0x66, 0x89, 0x07 },                    W, STORE },
    { "mov m64,rax",        M_64,       3, { 0x48, 0x89, 0x07 },                    W, STORE, 8 },
    { "mov m64,r15",        M_64,       3, { 0x4c, 0x89, 0x3f },                    W, STORE, 8 },
    { "mov m8,imm",         M_ALL,      3, { 0xc6, 0x07, 0x5a },                    W, STORE, 1 },
    { "mov m16,imm",        M_REAL,     4, { 0xc7, 0x07, 0x34, 0x12 },              W, STORE },
    { "mov m32,imm",        M_NOT_REAL, 6, { 0xc7, 0x07, 0x78, 0x56, 0x34, 0x12 },  W, STORE },
    { "mov m64,imm",        M_64,       7, { 0x48, 0xc7, 0x07, 0x78, 0x56, 0x34, 0xf2 }, W, STORE, 8 },
    { "mov moffs8,al",      M_REAL,     3, { 0xa2, 0x04, 0x80 },                    W, STORE, 1, 0, 0, 4 },
    { "mov moffs8,al",      M_PROT,     5, { 0xa2, 0x04, 0x00, 0x0d, 0x00 },        W, STORE, 1, 0, 0, 4 },
    { "mov moffs8,al",      M_64,       9, { 0xa2, 0x04, 0x00, 0x4d, 0, 0, 0, 0, 0 }, W, STORE, 1, 0, 0, 4 },
    { "mov moffs,ax",       M_REAL,     3, { 0xa3, 0x04, 0x80 },                    W, STORE, 0, 0, 0, 4 },
    { "mov moffs,eax",      M_PROT,     5, { 0xa3, 0x04, 0x00, 0x0d, 0x00 },        W, STORE, 0, 0, 0, 4 },
    { "mov moffs,rax",      M_64,      10, { 0x48, 0xa3, 0x08, 0x00, 0x4d, 0, 0, 0, 0, 0 }, W, STORE, 8, 0, 0, 8 },
    { "mov m8+disp8,al",    M_ALL,      3, { 0x88, 0x47, 0x10 },                    W, STORE, 1, 0, 0, 0x10 },
    { "mov m+disp8,cx",     M_ALL,      3, { 0x89, 0x4f, 0x7f },                    W, STORE, 0, 0, 0, 0x7f },
    { "mov sib,eax",        M_NOT_REAL, 4, { 0x89, 0x44, 0x4f, 0x02 },              W, STORE, 0, 0, 0, 8, SMALL_CX },
    { "mov rip+disp32,eax", M_64,       6, { 0x89, 0x05, 0xfa, 0xfe, 0x0b, 0x00 },  W, STORE },
    { "mov fs:m8,al",       M_ALL,      3, { 0x64, 0x88, 0x07 },                    W, STORE, 1, 0, 0, 0x100 },
    { "mov m,ds",           M_ALL,      2, { 0x8c, 0x1f },                          W, STORE, 2 },
    { "sete m8",            M_ALL,      3, { 0x0f, 0x94, 0x07 },                    W, STORE, 1 },
    { "movnti m,eax",       M_NOT_REAL, 3, { 0x0f, 0xc3, 0x07 },                    W, STORE },
    { "pop m",              M_REAL,     2, { 0x8f, 0x07 },                          W, POPS },
    { "pop m",              M_PROT,     2, { 0x8f, 0x07 },                          W, POPS },
    { "pop m",              M_64,       2, { 0x8f, 0x07 },                          W, POPS, 8 },
    { "stosb",              M_ALL,      1, { 0xaa },                                W, STRING_DI, 1 },
    { "stosw/d",            M_ALL,      1, { 0xab },                                W, STRING_DI },
    { "o16/32 stos",        M_NOT_REAL, 2, { 0x66, 0xab },                          W, STRING_DI, 2 },
    { "stosq",              M_64,       2, { 0x48, 0xab },                          W, STRING_DI, 8 },
    { "movsb to hole",      M_ALL,      1, { 0xa4 },                                W, STRING_BOTH, 1 },
    { "movsw/d to hole",    M_ALL,      1, { 0xa5 },                                W, STRING_BOTH },
    { "movsq to hole",      M_64,       2, { 0x48, 0xa5 },                          W, STRING_BOTH, 8 },

    /* loads */
    { "mov al,m8",          M_ALL,      2, { 0x8a, 0x07 },                          R, LOAD, 1, RAX },
    { "mov ah,m8",          M_ALL,      2, { 0x8a, 0x27 },                          R, LOAD, 1, 0x20 + RAX },
    { "mov bh,m8",          M_ALL,      2, { 0x8a, 0x3f },                          R, LOAD, 1, 0x20 + RBX },
    { "mov r10b,m8",        M_64,       3, { 0x44, 0x8a, 0x17 },                    R, LOAD, 1, R10 },
    { "mov ax,m",           M_ALL,      2, { 0x8b, 0x07 },                          R, LOAD, 0, RAX },
    { "mov di,m",           M_ALL,      2, { 0x8b, 0x3f },                          R, LOAD, 0, RDI },
    { "mov ax,m16",         M_NOT_REAL, 3, { 0x66, 0x8b, 0x07 },                    R, LOAD, 2, RAX },
    { "mov eax,m32",        M_REAL,     3, { 0x66, 0x8b, 0x07 },                    R, LOAD, 4, RAX },
    { "mov rdx,m64",        M_64,       3, { 0x48, 0x8b, 0x17 },                    R, LOAD, 8, RDX },
    { "mov r8d,m32",        M_64,       3, { 0x44, 0x8b, 0x07 },                    R, LOAD, 4, R8 },
    { "mov al,moffs8",      M_REAL,     3, { 0xa0, 0x04, 0x80 },                    R, LOAD, 1, RAX, 0, 4 },
    { "mov al,moffs8",      M_PROT,     5, { 0xa0, 0x04, 0x00, 0x0d, 0x00 },        R, LOAD, 1, RAX, 0, 4 },
    { "mov eax,moffs",      M_64,       9, { 0xa1, 0x04, 0x00, 0x4d, 0, 0, 0, 0, 0 }, R, LOAD, 4, RAX, 0, 4 },
    { "movzx ax,m8",        M_REAL,     3, { 0x0f, 0xb6, 0x07 },                    R, LOAD, 1, RAX, 2 },
    { "movzx ecx,m8",       M_NOT_REAL, 3, { 0x0f, 0xb6, 0x0f },                    R, LOAD, 1, RCX, 4 },
    { "movzx r11,m8",       M_64,       4, { 0x4c, 0x0f, 0xb6, 0x1f },              R, LOAD, 1, R11, 8 },
    { "movzx ecx,m16",      M_NOT_REAL, 3, { 0x0f, 0xb7, 0x0f },                    R, LOAD, 2, RCX, 4 },
    { "movzx rcx,m16",      M_64,       4, { 0x48, 0x0f, 0xb7, 0x0f },              R, LOAD, 2, RCX, 8 },
    { "movsx ax,m8",        M_REAL,     3, { 0x0f, 0xbe, 0x07 },                    R, LOAD, 1, RAX, 0x82 },
    { "movsx edx,m8",       M_NOT_REAL, 3, { 0x0f, 0xbe, 0x17 },                    R, LOAD, 1, RDX, 0x84 },
    { "movsx rdx,m8",       M_64,       4, { 0x48, 0x0f, 0xbe, 0x17 },              R, LOAD, 1, RDX, 0x88 },
    { "movsx edx,m16",      M_NOT_REAL, 3, { 0x0f, 0xbf, 0x17 },                    R, LOAD, 2, RDX, 0x84 },
    { "movsx rdx,m16",      M_64,       4, { 0x48, 0x0f, 0xbf, 0x17 },              R, LOAD, 2, RDX, 0x88 },
    { "movsxd rbp,m32",     M_64,       3, { 0x48, 0x63, 0x2f },                    R, LOAD, 4, RBP, 0x88 },
    { "lodsb",              M_ALL,      1, { 0xac },                                R, STRING_SI, 1, RAX, 0, 0,
      SOURCE_HOLE },
    { "lodsw/d",            M_ALL,      1, { 0xad },                                R, STRING_SI, 0, RAX, 0, 0,
      SOURCE_HOLE },
    { "lodsq",              M_64,       2, { 0x48, 0xad },                          R, STRING_SI, 8, RAX, 0, 0,
      SOURCE_HOLE },
    { "movsb from hole",    M_ALL,      1, { 0xa4 },                                R, STRING_BOTH, 1, 0, 0, 0,
      SOURCE_HOLE },
    { "movsw/d from hole",  M_ALL,      1, { 0xa5 },                                R, STRING_BOTH, 0, 0, 0, 0,
      SOURCE_HOLE },
    { "movsb in hole",      M_ALL,      1, { 0xa4 },                                R, STRING_BOTH, 1, 0, 0, 0,
      BOTH_HOLE },
    { "scasb",              M_ALL,      1, { 0xae },                                R, STRING_DI, 1 },
    { "cmpsb from hole",    M_ALL,      1, { 0xa6 },                                R, STRING_BOTH, 1, 0, 0, 0,
      SOURCE_HOLE },
    { "push m",             M_REAL | M_PROT, 2, { 0xff, 0x37 },                     R, PUSHES },
    { "push m64",           M_64,       2, { 0xff, 0x37 },                          R, PUSHES, 8 },
    { "jmp m",              M_REAL | M_PROT, 2, { 0xff, 0x27 },                     R, JUMP },
    { "jmp m64",            M_64,       2, { 0xff, 0x27 },                          R, JUMP, 8 },

    /* reads with flags */
    { "cmp m8,imm",         M_ALL,      3, { 0x80, 0x3f, 0x11 },                    R, FLAGS, 1 },
    { "cmp m,ax",           M_ALL,      2, { 0x39, 0x07 },                          R, FLAGS },
    { "cmp ax,m",           M_ALL,      2, { 0x3b, 0x07 },                          R, FLAGS },
    { "cmp rax,m64",        M_64,       3, { 0x48, 0x3b, 0x07 },                    R, FLAGS, 8 },
    { "test m8,al",         M_ALL,      2, { 0x84, 0x07 },                          R, FLAGS, 1 },
    { "test m8,imm",        M_ALL,      3, { 0xf6, 0x07, 0x80 },                    R, FLAGS, 1 },
    { "test m,ax",          M_ALL,      2, { 0x85, 0x07 },                          R, FLAGS },
    { "bt m,imm",           M_ALL,      4, { 0x0f, 0xba, 0x27, 0x03 },              R, FLAGS },
    { "bt m,ax",            M_ALL,      3, { 0x0f, 0xa3, 0x07 },                    R, FLAGS, 0, 0, 0, 0, SMALL_AX },
    { "add al,m8",          M_ALL,      2, { 0x02, 0x07 },                          R, RESULT, 1, RAX },
    { "add ax,m",           M_ALL,      2, { 0x03, 0x07 },                          R, RESULT, 0, RAX },
    { "or cx,m",            M_ALL,      2, { 0x0b, 0x0f },                          R, RESULT, 0, RCX },
    { "adc cx,m",           M_ALL,      2, { 0x13, 0x0f },                          R, RESULT, 0, RCX },
    { "sbb dx,m",           M_ALL,      2, { 0x1b, 0x17 },                          R, RESULT, 0, RDX },
    { "and dx,m",           M_ALL,      2, { 0x23, 0x17 },                          R, RESULT, 0, RDX },
    { "sub bp,m",           M_ALL,      2, { 0x2b, 0x2f },                          R, RESULT, 0, RBP },
    { "xor r12,m64",        M_64,       3, { 0x4c, 0x33, 0x27 },                    R, RESULT, 8, R12 },
    { "imul ax,m",          M_ALL,      3, { 0x0f, 0xaf, 0x07 },                    R, RESULT, 0, RAX },
    { "mul m8",             M_ALL,      2, { 0xf6, 0x27 },                          R, RESULT, 2, RAX },
    { "cmovc ax,m",         M_ALL,      3, { 0x0f, 0x42, 0x07 },                    R, RESULT, 0, RAX },

    /* read-modify-write */
    { "add m8,al",          M_ALL,      2, { 0x00, 0x07 },                          R, FLAGS, 1, 0, 0, 0, WRITE_FIRST },
    { "add m,ax",           M_ALL,      2, { 0x01, 0x07 },                          R, FLAGS, 0, 0, 0, 0, WRITE_FIRST },
    { "or m8,imm",          M_ALL,      3, { 0x80, 0x0f, 0x40 },                    R, FLAGS, 1, 0, 0, 0, WRITE_FIRST },
    { "and m,imm8",         M_ALL,      3, { 0x83, 0x27, 0x7e },                    R, FLAGS, 0, 0, 0, 0, WRITE_FIRST },
    { "sub m64,rax",        M_64,       3, { 0x48, 0x29, 0x07 },                    R, FLAGS, 8, 0, 0, 0, WRITE_FIRST },
    { "xor m,cx",           M_ALL,      2, { 0x31, 0x0f },                          R, FLAGS, 0, 0, 0, 0, WRITE_FIRST },
    { "inc m8",             M_ALL,      2, { 0xfe, 0x07 },                          R, FLAGS, 1, 0, 0, 0, WRITE_FIRST },
    { "dec m",              M_ALL,      2, { 0xff, 0x0f },                          R, FLAGS, 0, 0, 0, 0, WRITE_FIRST },
    { "not m8",             M_ALL,      2, { 0xf6, 0x17 },                          R, STORE, 1, 0, 0, 0, WRITE_FIRST },
    { "neg m",              M_ALL,      2, { 0xf7, 0x1f },                          R, FLAGS, 0, 0, 0, 0, WRITE_FIRST },
    { "shl m8,1",           M_ALL,      2, { 0xd0, 0x27 },                          R, FLAGS, 1, 0, 0, 0, WRITE_FIRST },
    { "bts m,imm",          M_ALL,      4, { 0x0f, 0xba, 0x2f, 0x02 },              R, FLAGS, 0, 0, 0, 0, WRITE_FIRST },
    { "lock add m,ax",      M_ALL,      3, { 0xf0, 0x01, 0x07 },                    R, FLAGS, 0, 0, 0, 0, WRITE_FIRST },
    { "lock inc m",         M_ALL,      3, { 0xf0, 0xff, 0x07 },                    R, FLAGS, 0, 0, 0, 0, WRITE_FIRST },
    { "xchg m8,al",         M_ALL,      2, { 0x86, 0x07 },                          R, LOAD, 1, RAX, 0, 0,
      WRITE_FIRST },
    { "xchg m,cx",          M_ALL,      2, { 0x87, 0x0f },                          R, LOAD, 0, RCX, 0, 0,
      WRITE_FIRST },
    { "xchg m64,rdx",       M_64,       3, { 0x48, 0x87, 0x17 },                    R, LOAD, 8, RDX, 0, 0,
      WRITE_FIRST },
    { "xadd m,cx",          M_ALL,      3, { 0x0f, 0xc1, 0x0f },                    R, RESULT, 0, RCX, 0, 0,
      WRITE_FIRST },
    { "cmpxchg m,cx",       M_ALL,      3, { 0x0f, 0xb1, 0x0f },                    R, RESULT, 0, RAX, 0, 0,
      WRITE_FIRST },
};

#undef R
#undef W

static const UINT64 device_value = 0xf1e2d3c4b5a69788;

static UINT8 operand_size( const struct row *row, const struct vm *vm )
{
    return row->size ? row->size : vm->mode->size;
}

static void setup_regs( const struct row *row, enum mode mode, UINT64 regs[REG_COUNT] )
{
    vm_default_regs( mode, regs );
    if (row->setup & SOURCE_HOLE)
    {
        regs[RSI] = modes[mode].hole;
        regs[RDI] = modes[mode].data;
    }
    if (row->setup & BOTH_HOLE)
    {
        regs[RSI] = modes[mode].hole;
        regs[RDI] = modes[mode].hole + 0x100;
    }
    if (row->setup & SMALL_CX) regs[RCX] = 3;
    if (row->setup & SMALL_AX) regs[RAX] = 3;
    if (mode == MODE_REAL) regs[RSP] &= 0xffff;
}

static UINT64 cut( UINT64 value, UINT8 size, BOOL sign )
{
    UINT8 shift = 64 - size * 8;

    return sign ? (UINT64)((INT64)(value << shift) >> shift) : value << shift >> shift;
}

/* The registers behind the instruction, as a client's emulator leaves them; memory too where it is RAM. */
static void emulate( const struct row *row, struct vm *vm, UINT64 regs[REG_COUNT] )
{
    UINT8 size = operand_size( row, vm ), reg = row->reg & 0x1f;

    regs[RIP] += row->length;
    switch (row->effect)
    {
    case STORE:
        break;
    case RESULT:
        regs[RFLAGS] ^= FLAG_CF | FLAG_ZF | FLAG_SF;
        vm_write_reg( &regs[reg], device_value, size );
        break;
    case LOAD:
        if (row->reg & 0x20) regs[reg] = (regs[reg] & ~0xff00ull) | (device_value & 0xff) << 8;
        else if (!row->extend) vm_write_reg( &regs[reg], device_value, size );
        else vm_write_reg( &regs[reg], cut( device_value, size, row->extend & 0x80 ), row->extend & 0x7f );
        break;
    case FLAGS:
        regs[RFLAGS] ^= FLAG_CF | FLAG_ZF;
        break;
    case PUSHES:
        regs[RSP] -= size;
        memcpy( vm->ram + STACK_TOP - size, &device_value, size );
        break;
    case POPS:
        regs[RSP] += size;
        break;
    case STRING_SI:
        vm_write_reg( &regs[RAX], device_value, size );
        regs[RSI] += size;
        break;
    case STRING_DI:
        regs[RDI] += size;
        break;
    case STRING_BOTH:
        regs[RSI] += size;
        regs[RDI] += size;
        if (row->setup & SOURCE_HOLE) memcpy( vm->ram + DATA_GPA, &device_value, size );
        break;
    case JUMP:
        regs[RIP] -= row->length;
        regs[RIP] += ALT_OFFSET;
        break;
    }
}

static void check_access( const struct row *row, struct vm *vm, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const WHV_MEMORY_ACCESS_CONTEXT *access = &exit->MemoryAccess;

    ok( access->AccessInfo.AccessType == row->access ||
        ((row->setup & WRITE_FIRST) && access->AccessInfo.AccessType == WHvMemoryAccessWrite),
        "access type %u\n", access->AccessInfo.AccessType );
    ok( access->AccessInfo.GpaUnmapped, "mapped\n" );
    ok( !(access->AccessInfo.AsUINT32 >> 4), "reserved bits: %#x\n", access->AccessInfo.AsUINT32 );
    ok( access->Gpa == (UINT64)HOLE_GPA + row->offset, "gpa %#llx\n", access->Gpa );
    ok( access->AccessInfo.GvaValid || broken( !access->AccessInfo.GvaValid ), "no gva\n" );
    if (access->AccessInfo.GvaValid)
        ok( access->Gva == vm->mode->hole_linear + row->offset, "gva %#llx\n", access->Gva );
    check_insn_bytes( access->InstructionBytes, access->InstructionByteCount, row->code, row->length );
    ok( !exit->VpContext.InstructionLength || exit->VpContext.InstructionLength == row->length,
        "length %u\n", exit->VpContext.InstructionLength );
}

/* Runs to the exit that the row stands for, and looks at all that is to be seen there. */
static BOOL run_to_access( const struct row *row, struct vm *vm, enum mode mode, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    UINT64 regs[REG_COUNT];

    setup_regs( row, mode, regs );
    vm_load( vm, mode, row->code, row->length, regs );
    if (!vm_run( vm, exit )) return FALSE;
    ok( exit->ExitReason == WHvRunVpExitReasonMemoryAccess, "exit %#x\n", exit->ExitReason );
    if (exit->ExitReason != WHvRunVpExitReasonMemoryAccess) return FALSE;
    check_vp_context( vm, exit, regs );
    check_regs( vm, regs );
    ok( vm_memory_is_untouched( vm ), "memory has changed\n" );
    return TRUE;
}

static void test_row( const struct row *row, struct vm *vm, enum mode mode )
{
    WHV_RUN_VP_EXIT_CONTEXT first, exit;
    UINT64 regs[REG_COUNT];

    winetest_push_context( "%s %s", modes[mode].name, row->name );

    if (!run_to_access( row, vm, mode, &first )) goto done;
    check_access( row, vm, &first );

    /* nothing is done: the same again */
    if (!vm_run( vm, &exit )) goto done;
    check_same_exit( &first, &exit );
    check_regs( vm, vm->before );
    ok( vm_memory_is_untouched( vm ), "memory has changed\n" );

    /* the client emulates it */
    memcpy( regs, vm->before, sizeof(regs) );
    emulate( row, vm, regs );
    vm_set_regs( vm, regs );
    run_to_port( vm, row->effect == JUMP ? ALT_PORT : END_PORT, regs );

    /* the client skips it, or does something else: no trace of it must be left */
    if (!run_to_access( row, vm, mode, &exit )) goto done;
    memcpy( regs, vm->before, sizeof(regs) );
    regs[RIP] += ALT_OFFSET;
    regs[RBP] = 0x1234;
    vm_set_regs( vm, regs );
    run_to_port( vm, ALT_PORT, regs );
    ok( vm_memory_is_untouched( vm ), "memory has changed\n" );

    if (!run_to_access( row, vm, mode, &exit )) goto done;
    memcpy( regs, vm->before, sizeof(regs) );
    regs[RIP] += row->length;
    vm_set_regs( vm, regs );
    run_to_port( vm, END_PORT, regs );
    ok( vm_memory_is_untouched( vm ), "memory has changed\n" );

    /* the client sets one register more than the instruction would */
    if (!run_to_access( row, vm, mode, &exit )) goto done;
    memcpy( regs, vm->before, sizeof(regs) );
    emulate( row, vm, regs );
    regs[RSI] ^= 0x5555;
    vm_set_regs( vm, regs );
    run_to_port( vm, row->effect == JUMP ? ALT_PORT : END_PORT, regs );

    /* the client only says where to go on, one register per call */
    if (!run_to_access( row, vm, mode, &exit )) goto done;
    memcpy( regs, vm->before, sizeof(regs) );
    emulate( row, vm, regs );
    if (row->effect == STORE)
    {
        HRESULT hr = vm_set_reg( vm, WHvX64RegisterRip, regs[RIP] );
        ok( hr == S_OK, "set rip: %#lx\n", hr );
        run_to_port( vm, END_PORT, regs );
    }

done:
    winetest_pop_context();
}

static void test_table( void )
{
    struct vm vm;
    enum mode mode;
    UINT32 i;

    if (!vm_create( &vm, NULL )) return;
    for (mode = 0; mode < MODE_COUNT; mode++)
        for (i = 0; i < ARRAY_COUNT(rows); i++)
            if (rows[i].modes & (1 << mode)) test_row( &rows[i], &vm, mode );
    vm_destroy( &vm );
}

START_TEST(exits_mmio)
{
    if (!vm_present()) return;
    test_table();
}
