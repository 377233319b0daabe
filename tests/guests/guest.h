/*
 * What the guests have in common
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
 * The way from real mode to long mode, as assembler macros, and the addresses
 * that a guest and its machine agree on. Knows the processor and nothing else.
 * A guest is loaded at GUEST_BASE and entered there in real mode, as a boot
 * sector is; the memory below is its own. Only instructions that every KVM runs,
 * also one that emulates ring 0: no INT n, no SYSRET, no 32-bit IRET, no SSE in ring 0.
 */

#ifndef __GUEST_H
#define __GUEST_H

#define GUEST_BASE   0x7c00
#define MAILBOX      0x0500     /* the host writes here before the start, the guest while it runs */
#define PML4         0x1000
#define PDPT         0x2000
#define PD_LOW       0x3000     /* identity, 0 .. 1 GiB */
#define PD_HIGH      0x4000     /* identity, 3 .. 4 GiB */
#define IDT          0x5000
#define STACK_TOP    0x7000
#define USER_STACK   0x7c00

#define MMIO_BASE    0xd0000000 /* a page of the machine's scratch device */
#define COM1         0x3f8
#define DEBUG_EXIT   0xf4       /* the byte written is the exit code */

/* the order of the last five is what SYSCALL wants */
#define SEL_CODE32   0x08
#define SEL_CODE64   0x10
#define SEL_DATA     0x18
#define SEL_USER32   0x20
#define SEL_UDATA    0x2b
#define SEL_UCODE64  0x33
#define SEL_TSS      0x38

#define MSR_EFER     0xc0000080
#define MSR_STAR     0xc0000081
#define MSR_LSTAR    0xc0000082
#define MSR_SFMASK   0xc0000084
#define EFER_SCE     0x001
#define EFER_LME     0x100

/* 16-bit code: to 32-bit protected mode, flat segments; goes on behind the macro. Needs DEFINE_GDT. */
.macro ENTER_PROTECTED_MODE
    cli
    lgdtl   gdt_pointer
    mov     %cr0, %eax
    or      $1, %eax
    mov     %eax, %cr0
    ljmpl   $SEL_CODE32, $.Lprotected\@
    .code32
.Lprotected\@:
    mov     $SEL_DATA, %eax
    mov     %eax, %ds
    mov     %eax, %es
    mov     %eax, %fs
    mov     %eax, %gs
    mov     %eax, %ss
    mov     $STACK_TOP, %esp
.endm

/* 32-bit code: the first and the fourth GiB are mapped as they are, open to ring 3 too. */
.macro BUILD_PAGE_TABLES
    mov     $PML4, %edi
    xor     %eax, %eax
    mov     $0x1000, %ecx
    rep     stosl
    movl    $(PDPT + 7), PML4
    movl    $(PD_LOW + 7), PDPT
    movl    $(PD_HIGH + 7), PDPT + 3 * 8
    mov     $0x87, %eax                 /* 2 MiB, user, writable, present */
    mov     $PD_LOW, %edi
    mov     $512, %ecx
.Llow\@:
    mov     %eax, (%edi)
    add     $0x200000, %eax
    add     $8, %edi
    dec     %ecx
    jnz     .Llow\@
    mov     $0xc0000087, %eax
    mov     $PD_HIGH, %edi
    mov     $512, %ecx
.Lhigh\@:
    mov     %eax, (%edi)
    add     $0x200000, %eax
    add     $8, %edi
    dec     %ecx
    jnz     .Lhigh\@
.endm

/* 32-bit code: to long mode, ring 0, with these page tables. */
.macro START_LONG_MODE
    mov     $PML4, %eax
    mov     %eax, %cr3
    mov     %cr4, %eax
    or      $0x620, %eax                /* PAE, OSFXSR, OSXMMEXCPT */
    mov     %eax, %cr4
    mov     $MSR_EFER, %ecx
    rdmsr
    or      $EFER_LME, %eax
    wrmsr
    mov     %cr0, %eax
    and     $0xfffffffb, %eax           /* no EM, but MP: ring 3 may use SSE */
    or      $0x80000002, %eax
    mov     %eax, %cr0
    ljmpl   $SEL_CODE64, $.Llong\@
    .code64
.Llong\@:
    mov     $SEL_DATA, %eax
    mov     %eax, %ds
    mov     %eax, %es
    mov     %eax, %ss
    mov     $STACK_TOP, %esp
.endm

.macro ENTER_LONG_MODE
    BUILD_PAGE_TABLES
    START_LONG_MODE
.endm

.macro DEFINE_GDT
    .balign 8
gdt:
    .quad   0
    .quad   0x00cf9b000000ffff          /* ring 0, 32-bit code */
    .quad   0x00af9b000000ffff          /* ring 0, 64-bit code */
    .quad   0x00cf93000000ffff          /* ring 0, data */
    .quad   0x00cffb000000ffff          /* ring 3, 32-bit code: none is run, SYSCALL wants the place */
    .quad   0x00cff3000000ffff          /* ring 3, data */
    .quad   0x00affb000000ffff          /* ring 3, 64-bit code */
gdt_tss:
    .quad   0, 0                        /* filled in by who wants one */
gdt_end:
gdt_pointer:
    .word   gdt_end - gdt - 1
    .long   gdt
    .long   0                           /* so that 64-bit code can load it too */
.endm

#endif /* __GUEST_H */
