#include "textflag.h"

// func unguardVBMI2(dst, text *byte, size int) (read, written int)
//
// Copies 64 bytes at a time, without the backslashes that only guard a quote, a backslash or a slash. It ends before any
// other escape. Which backslashes begin an escape: in each run of them the first, the third and so on. Subtracting the
// backslashes from their neighbours carries through a run and tells where it ends, at an odd place or at an even one.
TEXT ·unguardVBMI2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ text+8(FP), SI
	MOVQ size+16(FP), CX

	MOVQ         $0x5c, AX
	VPBROADCASTB AX, Z1
	MOVQ         $0x22, AX
	VPBROADCASTB AX, Z2
	MOVQ         $0x2f, AX
	VPBROADCASTB AX, Z3
	MOVQ         $0xaaaaaaaaaaaaaaaa, R11

next:
	TESTQ CX, CX
	JEQ   done
	MOVQ  $-1, R8                 // R8: the bytes to take
	CMPQ  CX, $64
	JGE   load
	BZHIQ CX, R8, R8

load:
	KMOVQ      R8, K1
	VMOVDQU8.Z (SI), K1, Z0
	VPCMPEQB   Z1, Z0, K2
	KMOVQ      K2, R9             // R9: backslashes
	XORQ       R12, R12           // R12: begins of escapes
	XORQ       BX, BX             // BX: there is one of another kind
	TESTQ      R9, R9
	JEQ        copy

	LEAQ     (R9)(R9*1), R10
	ORQ      R11, R10
	SUBQ     R9, R10
	XORQ     R11, R10
	MOVQ     R10, R12
	ANDQ     R9, R12
	XORQ     R9, R10              // R10: what is escaped
	VPCMPEQB Z2, Z0, K3
	VPCMPEQB Z3, Z0, K4
	KORQ     K2, K3, K3
	KORQ     K4, K3, K3
	KMOVQ    K3, AX
	ANDNQ    R10, AX, BX
	MOVQ     R12, AX
	SHRQ     $63, AX              // an escape of which only the begin is here waits for the next round
	SHRXQ    AX, R8, R8
	ANDQ     R8, BX
	JEQ      copy
	TZCNTQ   BX, AX
	DECQ     AX
	BZHIQ    AX, R8, R8

copy:
	ANDNQ          R8, R12, AX
	KMOVQ          AX, K2
	VPCOMPRESSB.Z  Z0, K2, Z4
	VMOVDQU64      Z4, (DI)
	POPCNTQ        AX, AX
	ADDQ           AX, DI
	POPCNTQ        R8, AX
	ADDQ           AX, SI
	SUBQ           AX, CX
	TESTQ          BX, BX
	JEQ            next

done:
	VZEROUPPER
	SUBQ text+8(FP), SI
	SUBQ dst+0(FP), DI
	MOVQ SI, read+24(FP)
	MOVQ DI, written+32(FP)
	RET

// func guardVBMI2(dst *byte, room int, text *byte, size int) (read, written int)
//
// Copies 32 bytes at a time, with a backslash before every quote and backslash. It ends before a control character, and
// when there is no room for 64 bytes. Each byte has two places: the first is taken by a backslash or not at all. The
// places that are taken, without the gaps, say where the bytes go among backslashes.
TEXT ·guardVBMI2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ room+8(FP), DX
	ADDQ DI, DX
	SUBQ $64, DX                  // DX: where the last copy may go
	MOVQ text+16(FP), SI
	MOVQ size+24(FP), CX

	MOVQ         $0x5c, AX
	VPBROADCASTB AX, Z1
	MOVQ         $0x22, AX
	VPBROADCASTB AX, Z2
	MOVQ         $0x20, AX
	VPBROADCASTB AX, Z3
	MOVQ         $0x5555555555555555, R11
	MOVQ         $0xaaaaaaaaaaaaaaaa, R12

next:
	TESTQ CX, CX
	JEQ   done
	CMPQ  DI, DX
	JGT   done
	MOVL  $-1, R8                 // R8: the bytes to take
	CMPQ  CX, $32
	JGE   load
	BZHIQ CX, R8, R8

load:
	KMOVQ      R8, K1
	VMOVDQU8.Z (SI), K1, Z0
	VPCMPEQB   Z1, Z0, K2
	VPCMPEQB   Z2, Z0, K3
	VPCMPUB    $1, Z3, Z0, K4
	KORQ       K2, K3, K3
	KMOVQ      K3, AX             // AX: what needs a backslash
	KMOVQ      K4, BX             // BX: control characters
	ANDQ       R8, BX
	JEQ        copy
	TZCNTQ     BX, R9
	BZHIQ      R9, R8, R8
	ANDQ       R8, AX

copy:
	PDEPQ        R11, AX, R9
	ORQ          R12, R9
	PEXTQ        R9, R12, R10
	KMOVQ        R10, K1
	VMOVDQU64    Z1, Z4
	VPEXPANDB    Z0, K1, Z4
	VMOVDQU64    Z4, (DI)
	POPCNTQ      AX, AX
	ADDQ         AX, DI
	POPCNTQ      R8, AX
	ADDQ         AX, DI
	ADDQ         AX, SI
	SUBQ         AX, CX
	TESTQ        BX, BX
	JEQ          next

done:
	VZEROUPPER
	SUBQ text+16(FP), SI
	SUBQ dst+0(FP), DI
	MOVQ SI, read+32(FP)
	MOVQ DI, written+40(FP)
	RET
